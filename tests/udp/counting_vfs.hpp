// A layer below SQLite (VFS) that counts the operations on its files. At the n-th operation it
// kills the process, or the disk is full from then on. It stays the default VFS until the process
// ends, so use an OwnProcess.
#pragma once

#include <signal.h>
#include <sqlite3.h>

#include <new>

namespace swarm::udp {

class CountingVfs {
 public:
  enum class At { kill, full };
  // Counts writes, truncations, syncs, deletions and openings. The first operation has number 1.
  static void begin(int at, At what) {
    limit() = at;
    kind() = what;
    count() = 0;
    static sqlite3_vfs vfs = made();
    sqlite3_vfs_register(&vfs, 1);
  }
  static int acts() { return count(); }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static int& limit() {
    static int value = 0;
    return value;
  }
  static int& count() {
    static int value = 0;
    return value;
  }
  static At& kind() {
    static At value{};
    return value;
  }
  static sqlite3_vfs* below() {
    static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
    return vfs;
  }
  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }
  static bool full_now(bool grows) {
    if (++count() < limit()) return false;
    if (kind() == At::kill) ::raise(SIGKILL);
    return grows;
  }

  static sqlite3_vfs made() {
    sqlite3_vfs vfs = *below();
    vfs.zName = "counting";
    vfs.pNext = nullptr;
    vfs.szOsFile = static_cast<int>(sizeof(File)) + below()->szOsFile;
    vfs.xOpen = [](sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
      auto* const own = new (file) File{};
      own->base.pMethods = nullptr;
      full_now(false);
      const int result = below()->xOpen(below(), name, own->real(), flags, out);
      if (own->real()->pMethods != nullptr) own->base.pMethods = methods();
      return result;
    };
    vfs.xDelete = [](sqlite3_vfs*, const char* name, int sync) {
      full_now(false);
      return below()->xDelete(below(), name, sync);
    };
    return vfs;
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods all = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
      m.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
        return real(f)->pMethods->xRead(real(f), to, size, at);
      };
      m.xWrite = [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
        if (full_now(true)) return SQLITE_FULL;
        return real(f)->pMethods->xWrite(real(f), from, size, at);
      };
      m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
        full_now(false);
        return real(f)->pMethods->xTruncate(real(f), size);
      };
      m.xSync = [](sqlite3_file* f, int flags) {
        full_now(false);
        return real(f)->pMethods->xSync(real(f), flags);
      };
      m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
        return real(f)->pMethods->xFileSize(real(f), size);
      };
      m.xLock = [](sqlite3_file* f, int lock) { return real(f)->pMethods->xLock(real(f), lock); };
      m.xUnlock = [](sqlite3_file* f, int lock) {
        return real(f)->pMethods->xUnlock(real(f), lock);
      };
      m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return real(f)->pMethods->xCheckReservedLock(real(f), out);
      };
      m.xFileControl = [](sqlite3_file* f, int op, void* argument) {
        return real(f)->pMethods->xFileControl(real(f), op, argument);
      };
      m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
      m.xDeviceCharacteristics = [](sqlite3_file* f) {
        return real(f)->pMethods->xDeviceCharacteristics(real(f));
      };
      m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
      };
      m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
        return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
      };
      m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
      m.xShmUnmap = [](sqlite3_file* f, int remove) {
        return real(f)->pMethods->xShmUnmap(real(f), remove);
      };
      return m;
    }();
    return &all;
  }
};

}  // namespace swarm::udp
