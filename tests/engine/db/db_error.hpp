// What a database says when it cannot go on.
#pragma once

#include <string>

#include "engine/node/tracker_db.hpp"

namespace swarm::db {

template <class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const DbError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace swarm::db
