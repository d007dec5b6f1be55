#include "engine/db/sqlite_ballot_db.hpp"

#include "engine/base/assert.hpp"
#include "engine/db/sqlite_file.hpp"

namespace swarm::db {
namespace {

constexpr const char* steps[] = {R"sql(
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
  host VARCHAR(255) NOT NULL, port INTEGER NOT NULL))sql",
                                 R"sql(
ALTER TABLE BALLOT ADD COLUMN pair INTEGER NOT NULL DEFAULT 0;
ALTER TABLE BALLOT ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE BALLOT ADD COLUMN log_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE BALLOT ADD COLUMN log_last INTEGER NOT NULL DEFAULT 0;
ALTER TABLE BALLOT ADD COLUMN seal INTEGER)sql",
                                 R"sql(
CREATE TABLE UNFIT(one INTEGER PRIMARY KEY CHECK(one = 1), why INTEGER NOT NULL))sql"};

constexpr SqliteFormat ballot_format{.application_id = 0x54535742,  // "TSWB"
                                     .name = "a ballot database",
                                     .remedy = rejoin_remedy,
                                     .steps = steps};

}  // namespace

struct SqliteBallotDb::Impl {
  explicit Impl(const std::string& path, const Impl* source = nullptr)
      : file(path, ballot_format, source != nullptr ? &source->file : nullptr), written(load()) {
    file.attempt("read", [&] { load_marks(); });
    coming = marks;
  }

  void load_marks() {
    std::optional<std::uint64_t> sealed;
    marks_get.each([&](const auto& row) {
      marks.pair = static_cast<std::uint64_t>(number_column(row, 0));
      marks.number = static_cast<std::uint64_t>(number_column(row, 1));
      marks.log.generation = static_cast<std::uint64_t>(number_column(row, 2));
      marks.log.last = id_column<LogIndex>(row, 3);
      if (!row.isColumnNull(4)) sealed = static_cast<std::uint64_t>(number_column(row, 4));
    });
    // A ballot without a seal is of the previous version, which did not count ballots.
    if (sealed ? *sealed != seal_of_all() : marks.number != 0)
      file.corrupt("the ballot is not what was written");
  }

  std::uint64_t seal_of_all() {
    std::uint64_t hash = 0;
    for (Prepared* const all : {&ballot_all, &genesis_list, &member_list, &unfit_list})
      all->each([&](const auto& row) { hash = row_hash(hash, row, "seal"); });
    return hash;
  }

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
                        .genesis = std::nullopt,
                        .unfit = {}};
      });
      if (ballot) ballot->genesis = load_genesis();
      if (ballot) ballot->unfit = load_unfit();
      return ballot;
    });
  }

  std::optional<Genesis> load_genesis() {
    std::optional<Genesis> genesis;
    genesis_list.each([&](const auto& row) {
      genesis.emplace();
      genesis->cluster = id_column<ClusterId>(row, 0);
      genesis->secret = file.secret(row, 1);
      genesis->ready = file.one_of_two<ReadyPolicy>(row, 2);
    });
    if (genesis)
      member_list.each([&](const auto& row) { genesis->members.push_back(file.member(row)); });
    return genesis;
  }

  Unfit load_unfit() {
    std::int64_t why = 0;
    unfit_list.each([&](const auto& row) { why = number_column(row, 0); });
    if (why < 0 || why > static_cast<std::int64_t>(Unfit::two_processes))
      file.corrupt("why it takes no part makes no sense");
    return static_cast<Unfit>(why);
  }

  void check_successor(const Ballot& next) const {
    if (!written) return;
    SWARM_ASSERT(next.store == written->store, "the identity of a disk never changes");
    SWARM_ASSERT(next.term >= written->term, "the term never goes back");
    SWARM_ASSERT(next.promise >= written->promise, "the highest promise never falls");
    SWARM_ASSERT(written->unfit == Unfit::no || next.unfit == written->unfit,
                 "who takes no part takes none for good");
  }

  void put(const Ballot& ballot, const BallotMarks& m) {
    ballot_put.run(ballot.store, ballot.cluster, ballot.member, ballot.term, ballot.vote,
                   ballot.vote_boot, std::int64_t{ballot.promise.count()}, m.pair, m.number,
                   m.log.generation, m.log.last);
    if (!written || written->genesis != ballot.genesis) put(ballot.genesis);
    if (ballot.unfit != Unfit::no) unfit_put.run(static_cast<std::uint8_t>(ballot.unfit));
    set_seal.run(seal_of_all());
  }

  void put(const std::optional<Genesis>& genesis) {
    file.database().exec("DELETE FROM GENESIS; DELETE FROM GENESIS_MEMBERS");
    if (!genesis) return;
    genesis_put.run(genesis->cluster, Bytes(genesis->secret),
                    static_cast<std::uint8_t>(genesis->ready));
    std::uint32_t position = 0;
    for (const auto& m : genesis->members)
      member_put.run(++position, m.id, m.store, static_cast<std::uint8_t>(m.standing), m.in_sync,
                     to_string(m.cluster.ip), m.cluster.port);
  }

  SqliteFile file;
  Prepared ballot_list{file.database(),
                       "SELECT store, cluster, member, term, vote, vote_boot, promise_ns "
                       "FROM BALLOT ORDER BY one"};
  Prepared ballot_put{file.database(),
                      "REPLACE INTO BALLOT VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"};
  Prepared ballot_all{file.database(), "SELECT * FROM BALLOT ORDER BY one"};
  Prepared marks_get{file.database(),
                     "SELECT pair, number, log_generation, log_last, seal FROM BALLOT "
                     "ORDER BY one"};
  Prepared set_seal{file.database(), "UPDATE BALLOT SET seal = ?"};
  Prepared genesis_list{file.database(), "SELECT cluster, secret, ready FROM GENESIS ORDER BY one"};
  Prepared genesis_put{file.database(), "INSERT INTO GENESIS VALUES(1, ?, ?, ?)"};
  Prepared member_list{file.database(),
                       "SELECT id, store, standing, in_sync, host, port FROM GENESIS_MEMBERS "
                       "ORDER BY position"};
  Prepared member_put{file.database(), "INSERT INTO GENESIS_MEMBERS VALUES(?, ?, ?, ?, ?, ?, ?)"};
  Prepared unfit_list{file.database(), "SELECT why FROM UNFIT ORDER BY one"};
  Prepared unfit_put{file.database(), "REPLACE INTO UNFIT VALUES(1, ?)"};
  std::optional<Ballot> written;  // the ballot in the file
  BallotMarks marks, coming;      // the marks in the file, and those for the next ballot
};

SqliteBallotDb::SqliteBallotDb(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
SqliteBallotDb::SqliteBallotDb(const SqliteBallotDb* source)
    : impl_(std::make_unique<Impl>(":memory:", source->impl_.get())) {}
SqliteBallotDb::~SqliteBallotDb() = default;

std::unique_ptr<SqliteBallotDb> SqliteBallotDb::copy() const {
  return std::unique_ptr<SqliteBallotDb>(new SqliteBallotDb(this));
}

std::optional<Ballot> SqliteBallotDb::load() {
  return impl_->load();
}

void SqliteBallotDb::write(const Ballot& ballot) {
  impl_->check_successor(ballot);
  BallotMarks next = impl_->coming;
  next.number = impl_->marks.number + 1;
  impl_->file.transaction([&] { impl_->put(ballot, next); });
  impl_->written = ballot;
  impl_->marks = next;
}

BallotMarks SqliteBallotDb::marks() const {
  return impl_->marks;
}
void SqliteBallotDb::note_pair(std::uint64_t pair) {
  impl_->coming.pair = pair;
}
void SqliteBallotDb::note_log(const LogMark& log) {
  impl_->coming.log = log;
}

}  // namespace swarm::db
