// The implementation of a worker: its process (worker.cpp), its sockets and interfaces
// (worker_network.cpp), its status and metrics (worker_status.cpp), and its orders
// (worker_orders.cpp).
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/tracker/tracker.hpp"
#include "observe/live/log_line.hpp"
#include "observe/live/metrics.hpp"
#include "observe/live/trace.hpp"
#include "transport/udp/configuration/contact_names.hpp"
#include "transport/udp/net/http_server.hpp"
#include "transport/udp/net/interface_watch.hpp"
#include "transport/udp/net/node_host.hpp"
#include "transport/udp/net/os_nonces.hpp"
#include "transport/udp/system/boot_clock.hpp"
#include "transport/udp/system/logger.hpp"
#include "transport/udp/tracker/copied_disks.hpp"
#include "transport/udp/tracker/disk_thread.hpp"
#include "transport/udp/tracker/health_monitor.hpp"
#include "transport/udp/tracker/http_names.hpp"
#include "transport/udp/tracker/http_token.hpp"
#include "transport/udp/tracker/http_tracker_door.hpp"
#include "transport/udp/tracker/membership_news.hpp"
#include "transport/udp/tracker/neighbours.hpp"
#include "transport/udp/tracker/store_files.hpp"
#include "transport/udp/tracker/worker.hpp"
#include "transport/udp/tracker/worker_files.hpp"

namespace swarm::udp {

class Worker final : public HostCallbacks {
 public:
  Worker(Configuration configuration, Lifeline& lifeline, const ServiceManager& manager,
         const std::function<Configuration()>& read, Logger& logger)
      : configuration_(std::move(configuration)),
        lifeline_(lifeline),
        manager_(manager),
        read_(read),
        logger_(logger),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        files_(open_files(configuration_, logger_)),
        first_start_(first_start_of(configuration_, *files_)),
        tracker_(what_is_there(configuration_, *files_)),
        neighbours_(tracker_, {configuration_.tracker.swarm_secret, configuration_.tracker.cipher}),
        host_(io_, neighbours_, *this),
        log_disk_(std::in_place, io_, files_->tracker_db(), wal_of(*files_), reports()),
        ballot_disk_(std::in_place, io_, files_->ballot_db(), reports()),
        tick_(io_),
        stop_timer_(io_) {}

  ExitCode run();

  void event(Time now, const Event& event) override;
  void persist(Outbox::LogWrite write) override { log_disk_->write(std::move(write)); }
  void persist(Outbox::BallotWrite write) override { ballot_disk_->write(std::move(write)); }
  void answer_http(const Endpoint& to, Bytes body) override {
    if (clients_) clients_->answer(to, body);
  }
  bool may_answer_peers(Time now) override { return now < tracker_.view().answers_until; }
  void exit(std::string_view reason) override;

 private:
  void open_sockets();
  std::optional<DatagramSocket> open_socket6();
  void watch_interfaces();
  void interfaces_changed();
  void follow_address6();
  std::vector<std::string> peers_addresses() const;
  void open_trace();
  void trace(Time now, const Event& event);
  void open_doors();
  void use_http_secrets();
  std::shared_ptr<TlsIdentity> tls_for(TlsDoors door) const;
  void ask_for_names();
  DiskReports reports();

  void wait_for_signals();
  void stop(int signal);
  std::string not_stopped_in_time() const;
  void reload();
  tl::expected<Configuration, std::string> read_again() const;
  void reloaded(const tl::expected<Configuration, std::string>& fresh);
  void take_over(const Configuration& fresh);
  void tick();
  HealthMonitor::Seen seen_of_itself() const;
  void look_at_itself();
  void finish(ExitCode code) {
    exit_code_ = code;
    io_.stop();
  }
  [[noreturn]] void end_without_the_reader();
  [[noreturn]] void die(std::string_view reason, ExitCode code = ExitCode::failed);
  [[noreturn]] void damaged(std::string_view reason);
  void refused(event::Refused::Why why, std::string_view sentence);
  void tell(const Event& event, const observe::LogLine& line);
  void tell_members();
  bool joins_anew_after(event::Refused::Why why) const;
  bool is_copied() const;

  HttpResponse get_over_tcp(const HttpRequest& request);
  HttpResponse get(const HttpRequest& request);
  HttpResponse get_or_post(const HttpRequest& request);
  HttpResponse post(std::string_view target);
  HttpResponse leave();
  HttpResponse remove_member(std::string_view text);
  HttpResponse begin(FirstStart how);
  observe::Status status();
  observe::HostCounts host_counts() const;
  std::string standing() const;
  bool has_moved() const;

  Configuration configuration_;
  Lifeline& lifeline_;
  const ServiceManager& manager_;
  const std::function<Configuration()>& read_;
  Logger& logger_;
  Time born_ = boot_clock_now();
  pid_t supervisor_ = ::getppid();

  asio::io_context io_{1};
  // Reads the files for a reload, because the list of contents may be long or the disk slow.
  asio::thread_pool reader_{1};
  bool reading_ = false, read_once_more_ = false;
  asio::signal_set signals_;  // before files_: a signal during the load is handled afterwards
  std::unique_ptr<StoreFiles> files_;
  FirstStart first_start_;
  Tracker tracker_;
  Neighbours neighbours_;
  NodeHost host_;
  std::optional<ContactNames> names_;
  std::optional<LogDisk> log_disk_;
  std::optional<BallotDisk> ballot_disk_;
  asio::steady_timer tick_, stop_timer_;
  std::unique_ptr<HttpServer> control_, http_;
  std::optional<HttpNames> http_names_;
  std::optional<HttpToken> http_token_;
  std::optional<HttpTrackerDoor> clients_;
  std::ofstream trace_file_;
  std::optional<observe::TraceWriter> trace_;
  observe::Metrics metrics_;
  HealthMonitor health_;
  std::optional<InterfaceWatch> interfaces_;
  bool interface_gone_ = false;
  std::optional<Ip> refused6_;  // the IPv6 address that could not be bound
  std::string told_status_;
  MembershipNews members_;
  CopiedDisks copied_;
  bool stopping_ = false, leaving_ = false;
  ExitCode exit_code_ = ExitCode::failed;
};

}  // namespace swarm::udp
