#include "engine/db/sqlite_ballot_db.hpp"

#include "engine/assert.hpp"
#include "engine/db/sqlite_file.hpp"

namespace swarm::db {
namespace {

constexpr SqliteFormat ballot_format{.application_id = 0x54535742,  // "TSWB"
                                     .version = 1,
                                     .name = "a ballot database",
                                     .schema = R"sql(
CREATE TABLE BALLOT(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  store INTEGER NOT NULL, cluster INTEGER NOT NULL, member INTEGER NOT NULL,
  term INTEGER NOT NULL, vote INTEGER NOT NULL, vote_boot INTEGER NOT NULL,
  promise_ns INTEGER NOT NULL);
CREATE TABLE GENESIS(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  cluster INTEGER NOT NULL, secret BLOB NOT NULL, ready INTEGER NOT NULL);
CREATE TABLE GENESIS_MEMBERS(
  position INTEGER PRIMARY KEY, id INTEGER NOT NULL, store INTEGER NOT NULL,
  standing INTEGER NOT NULL, in_sync INTEGER NOT NULL,
  host VARCHAR(255) NOT NULL, port INTEGER NOT NULL))sql"};

}  // namespace

struct SqliteBallotDb::Impl {
  explicit Impl(const std::string& path) : file(path, ballot_format), written(load()) {}

  std::optional<Ballot> load() {
    return file.attempt("read", [&] {
      std::optional<Ballot> ballot;
      ballot_list.each([&](const auto& row) {
        ballot = Ballot{.store = id_column<StoreId>(row, 0),
                        .cluster = id_column<ClusterId>(row, 1),
                        .member = id_column<MemberId>(row, 2),
                        .term = id_column<Term>(row, 3),
                        .vote = id_column<MemberId>(row, 4),
                        .vote_boot = id_column<BootId>(row, 5),
                        .promise = Duration(number_column(row, 6)),
                        .genesis = std::nullopt};
      });
      if (ballot) ballot->genesis = load_genesis();
      return ballot;
    });
  }

  std::optional<Genesis> load_genesis() {
    std::optional<Genesis> genesis;
    genesis_list.each([&](const auto& row) {
      genesis.emplace();
      genesis->cluster = id_column<ClusterId>(row, 0);
      const Bytes secret = blob_column(row, 1);
      if (secret.size() != genesis->secret.size()) file.corrupt("the secret has a wrong size");
      std::copy(secret.begin(), secret.end(), genesis->secret.begin());
      genesis->ready = one_of_two<ReadyPolicy>(row, 2);
    });
    if (genesis) load_members(genesis->members);
    return genesis;
  }

  void load_members(std::vector<Member>& members) {
    member_list.each([&](const auto& row) {
      const auto ip = parse_host(text_column(row, 4));
      const std::int64_t port = number_column(row, 5);
      if (!ip || port < 0 || port > 65535) file.corrupt("a host or port is not an address");
      members.push_back({id_column<MemberId>(row, 0),
                         id_column<StoreId>(row, 1),
                         one_of_two<Standing>(row, 2),
                         one_of_two<bool>(row, 3),
                         {*ip, static_cast<std::uint16_t>(port)}});
    });
  }

  template <class T>
  T one_of_two(const SQLite::Statement& row, int column) {
    const std::int64_t value = number_column(row, column);
    if (value != 0 && value != 1) file.corrupt("a value that is 0 or 1 is neither");
    return static_cast<T>(value);
  }

  void check_successor(const Ballot& next) const {
    if (!written) return;
    SWARM_ASSERT(next.store == written->store, "the identity of a disk never changes");
    SWARM_ASSERT(next.term >= written->term, "the term never goes back");
    SWARM_ASSERT(next.promise >= written->promise, "the highest promise never falls");
  }

  void put(const Ballot& ballot) {
    ballot_put.run(ballot.store, ballot.cluster, ballot.member, ballot.term, ballot.vote,
                   ballot.vote_boot, std::int64_t{ballot.promise.count()});
    if (!written || written->genesis != ballot.genesis) put(ballot.genesis);
  }

  void put(const std::optional<Genesis>& genesis) {
    file.database().exec("DELETE FROM GENESIS; DELETE FROM GENESIS_MEMBERS");
    if (!genesis) return;
    genesis_put.run(genesis->cluster, Bytes(genesis->secret),
                    static_cast<std::uint8_t>(genesis->ready));
    std::uint32_t position = 0;
    for (const auto& m : genesis->members)
      member_put.run(++position, m.id, m.store, static_cast<std::uint8_t>(m.standing), m.in_sync,
                     host_text(m.cluster.ip.v4()), m.cluster.port);
  }

  SqliteFile file;
  Prepared ballot_list{file.database(),
                       "SELECT store, cluster, member, term, vote, vote_boot, promise_ns "
                       "FROM BALLOT ORDER BY one"};
  Prepared ballot_put{file.database(), "REPLACE INTO BALLOT VALUES(1, ?, ?, ?, ?, ?, ?, ?)"};
  Prepared genesis_list{file.database(), "SELECT cluster, secret, ready FROM GENESIS ORDER BY one"};
  Prepared genesis_put{file.database(), "INSERT INTO GENESIS VALUES(1, ?, ?, ?)"};
  Prepared member_list{file.database(),
                       "SELECT id, store, standing, in_sync, host, port FROM GENESIS_MEMBERS "
                       "ORDER BY position"};
  Prepared member_put{file.database(), "INSERT INTO GENESIS_MEMBERS VALUES(?, ?, ?, ?, ?, ?, ?)"};
  std::optional<Ballot> written;  // what the file holds
};

SqliteBallotDb::SqliteBallotDb(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
SqliteBallotDb::~SqliteBallotDb() = default;

std::optional<Ballot> SqliteBallotDb::load() {
  return impl_->load();
}

void SqliteBallotDb::write(const Ballot& ballot) {
  impl_->check_successor(ballot);
  impl_->file.transaction([&] { impl_->put(ballot); });
  impl_->written = ballot;
}

}  // namespace swarm::db
