// A request that waits. At a tracker that may not answer, it waits for a master (R18). At the
// master, it waits for the commit of its block (R16). The bytes of the request are stored inside
// this object. Only a long request, such as a long scrape, allocates memory.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "engine/tracker/answering/request_id.hpp"
#include "engine/tracker/answering/requester.hpp"
#include "engine/tracker/answering/timestamp.hpp"

namespace swarm {

class StoredRequest {
 public:
  // `number`: the number of its Timestamp. `id_number`: the result of request_number(); needed only
  // if id() is called.
  StoredRequest(const Requester& requester, std::uint64_t number, Bytes request,
                std::uint64_t id_number = 0)
      : requester_(requester),
        number_(number),
        id_number_(id_number),
        size_(static_cast<std::uint16_t>(request.size())) {
    if (request.size() > small_.size())
      large_ = std::make_unique_for_overwrite<std::uint8_t[]>(request.size());
    std::copy(request.begin(), request.end(), large_ ? large_.get() : small_.data());
  }

  const Requester& requester() const { return requester_; }
  Timestamp timestamp() const { return {requester_.arrived, number_}; }
  RequestId id() const { return {requester_.client, requester_.slave, id_number_}; }
  Bytes bytes() const { return {large_ ? large_.get() : small_.data(), size_}; }

 private:
  Requester requester_;
  std::uint64_t number_;
  std::uint64_t id_number_;
  std::unique_ptr<std::uint8_t[]> large_;
  std::uint16_t size_;
  std::array<std::uint8_t, 98> small_;  // the size of an announce
};

}  // namespace swarm
