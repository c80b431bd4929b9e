#include "shim.h"

#include <stddef.h>
#include <string.h>

#include "_cgo_export.h"

// Weak, so that this package links by itself; whoever opens a database links
// SQLite with it.
extern int sqlite3_vfs_register(sqlite3_vfs *, int) __attribute__((weak));
extern sqlite3_vfs *sqlite3_vfs_find(const char *) __attribute__((weak));
extern void sqlite3_randomness(int, void *) __attribute__((weak));

static sqlite3_vfs shim, *below;
static uint64_t random_state;
static int64_t now_ms;

// shim_file is followed by the file of the VFS below.
typedef struct {
	sqlite3_file base;
	int id; // Go's name for it; 0 where nobody watches
} shim_file;

static int id_of(sqlite3_file *f) { return ((shim_file *)f)->id; }
static sqlite3_file *real_of(sqlite3_file *f) { return (sqlite3_file *)((shim_file *)f + 1); }

static int shim_close(sqlite3_file *f) {
	if (id_of(f)) powercutClose(id_of(f));
	return real_of(f)->methods->close(real_of(f));
}

static int shim_read(sqlite3_file *f, void *to, int n, int64_t at) {
	int rc = id_of(f) ? powercutRead(id_of(f)) : SHIM_OK;
	return rc ? rc : real_of(f)->methods->read(real_of(f), to, n, at);
}

// A write may be refused after part of it was made.
static int shim_write(sqlite3_file *f, const void *from, int n, int64_t at) {
	int made = n, rc = SHIM_OK, below_rc = SHIM_OK;
	if (id_of(f)) rc = powercutWrite(id_of(f), (void *)from, n, at, &made);
	if (made) below_rc = real_of(f)->methods->write(real_of(f), from, made, at);
	return rc ? rc : below_rc;
}

static int shim_truncate(sqlite3_file *f, int64_t size) {
	int rc = id_of(f) ? powercutTruncate(id_of(f), size) : SHIM_OK;
	return rc ? rc : real_of(f)->methods->truncate(real_of(f), size);
}

// What a sync of a watched file does is the model's to say; the files it
// stands in need none.
static int shim_sync(sqlite3_file *f, int flags) {
	return id_of(f) ? powercutSync(id_of(f)) : real_of(f)->methods->sync(real_of(f), flags);
}

static int shim_file_size(sqlite3_file *f, int64_t *size) {
	return real_of(f)->methods->file_size(real_of(f), size);
}

static int shim_lock(sqlite3_file *f, int level) { return real_of(f)->methods->lock(real_of(f), level); }
static int shim_unlock(sqlite3_file *f, int level) { return real_of(f)->methods->unlock(real_of(f), level); }

static int shim_check_reserved_lock(sqlite3_file *f, int *held) {
	return real_of(f)->methods->check_reserved_lock(real_of(f), held);
}

static int shim_file_control(sqlite3_file *f, int op, void *arg) {
	if (id_of(f) && (op == SHIM_CHECKPOINT_START || op == SHIM_CHECKPOINT_DONE))
		powercutCheckpoint(id_of(f), op == SHIM_CHECKPOINT_START);
	return real_of(f)->methods->file_control(real_of(f), op, arg);
}

static int shim_sector_size(sqlite3_file *f) { return real_of(f)->methods->sector_size(real_of(f)); }

static int shim_device_characteristics(sqlite3_file *f) {
	return real_of(f)->methods->device_characteristics(real_of(f));
}

static int shim_shm_map(sqlite3_file *f, int page, int bytes, int extend, void volatile **at) {
	return real_of(f)->methods->shm_map(real_of(f), page, bytes, extend, at);
}

static int shim_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
	return real_of(f)->methods->shm_lock(real_of(f), offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *f) { real_of(f)->methods->shm_barrier(real_of(f)); }
static int shim_shm_unmap(sqlite3_file *f, int remove) { return real_of(f)->methods->shm_unmap(real_of(f), remove); }

static const sqlite3_io_methods shim_methods = {
	2, shim_close, shim_read, shim_write, shim_truncate, shim_sync, shim_file_size, shim_lock, shim_unlock,
	shim_check_reserved_lock, shim_file_control, shim_sector_size, shim_device_characteristics,
	shim_shm_map, shim_shm_lock, shim_shm_barrier, shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out) {
	shim_file *s = (shim_file *)f;
	s->base.methods = NULL; // SQLite closes nothing that has none
	s->id = 0;
	if (path && !(flags & SHIM_OPEN_DELETE_ON_CLOSE)) s->id = powercutOpen((char *)path, flags);
	if (s->id < 0) return SHIM_CANTOPEN;
	int rc = below->open(below, path, real_of(f), flags, out);
	if (real_of(f)->methods) s->base.methods = &shim_methods;
	else if (s->id) powercutClose(s->id);
	return rc;
}

static int shim_delete(sqlite3_vfs *vfs, const char *path, int sync) {
	int rc = powercutDelete((char *)path, sync);
	return rc ? rc : below->delete(below, path, sync);
}

static int shim_access(sqlite3_vfs *vfs, const char *path, int flags, int *out) {
	return below->access(below, path, flags, out);
}

static int shim_full_pathname(sqlite3_vfs *vfs, const char *path, int n, char *out) {
	return below->full_pathname(below, path, n, out);
}

// next_random is splitmix64.
static uint64_t next_random(void) {
	uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int shim_randomness(sqlite3_vfs *vfs, int n, char *out) {
	if (!random_state) return below->randomness(below, n, out);
	for (int i = 0; i < n; i++) out[i] = (char)next_random();
	return n;
}

// Who finds a lock taken waits for somebody else; where one goroutine is the
// whole world that is nobody, and the wait may as well be over.
static int shim_sleep(sqlite3_vfs *vfs, int us) { return random_state ? us : below->sleep(below, us); }

static const int64_t julian_1970_ms = 210866760000000;

static int shim_current_time_ms(sqlite3_vfs *vfs, int64_t *out) {
	if (!now_ms) return below->current_time_ms(below, out);
	*out = now_ms + julian_1970_ms;
	return SHIM_OK;
}

static int shim_current_time(sqlite3_vfs *vfs, double *out) {
	int64_t ms;
	int rc = shim_current_time_ms(vfs, &ms);
	*out = (double)ms / 86400000.0;
	return rc;
}

static int shim_get_last_error(sqlite3_vfs *vfs, int n, char *out) { return below->get_last_error(below, n, out); }

int powercut_install(void) {
	below = sqlite3_vfs_find(NULL);
	if (!below) return SHIM_CANTOPEN;
	shim = *below;
	shim.version = 2;
	shim.file_bytes = (int)sizeof(shim_file) + below->file_bytes;
	shim.next = NULL;
	shim.name = "powercut";
	shim.open = shim_open;
	shim.delete = shim_delete;
	shim.access = shim_access;
	shim.full_pathname = shim_full_pathname;
	shim.randomness = shim_randomness;
	shim.sleep = shim_sleep;
	shim.current_time = shim_current_time;
	shim.current_time_ms = shim_current_time_ms;
	shim.get_last_error = shim_get_last_error;
	return sqlite3_vfs_register(&shim, 1);
}

void powercut_seed(uint64_t seed) {
	random_state = seed | 1;
	sqlite3_randomness(0, NULL); // what it drew before is forgotten
}

void powercut_time(int64_t ms) { now_ms = ms; }
