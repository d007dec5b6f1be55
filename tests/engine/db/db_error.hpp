// error_of() returns the text of the DbError that `body` throws.
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
