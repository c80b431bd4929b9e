// What this package needs of SQLite's interface (sqlite3.h), whose layout is
// promised for all of version 3. SQLite itself is compiled by its driver.
#ifndef POWERCUT_SHIM_H
#define POWERCUT_SHIM_H

#include <stdint.h>

typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_vfs sqlite3_vfs;

typedef struct sqlite3_io_methods {
	int version;
	int (*close)(sqlite3_file *);
	int (*read)(sqlite3_file *, void *, int, int64_t);
	int (*write)(sqlite3_file *, const void *, int, int64_t);
	int (*truncate)(sqlite3_file *, int64_t);
	int (*sync)(sqlite3_file *, int);
	int (*file_size)(sqlite3_file *, int64_t *);
	int (*lock)(sqlite3_file *, int);
	int (*unlock)(sqlite3_file *, int);
	int (*check_reserved_lock)(sqlite3_file *, int *);
	int (*file_control)(sqlite3_file *, int, void *);
	int (*sector_size)(sqlite3_file *);
	int (*device_characteristics)(sqlite3_file *);
	int (*shm_map)(sqlite3_file *, int, int, int, void volatile **);
	int (*shm_lock)(sqlite3_file *, int, int, int);
	void (*shm_barrier)(sqlite3_file *);
	int (*shm_unmap)(sqlite3_file *, int);
} sqlite3_io_methods;

struct sqlite3_file {
	const sqlite3_io_methods *methods;
};

struct sqlite3_vfs {
	int version;
	int file_bytes;
	int max_pathname;
	sqlite3_vfs *next;
	const char *name;
	void *app_data;
	int (*open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
	int (*delete)(sqlite3_vfs *, const char *, int);
	int (*access)(sqlite3_vfs *, const char *, int, int *);
	int (*full_pathname)(sqlite3_vfs *, const char *, int, char *);
	void *(*dl_open)(sqlite3_vfs *, const char *);
	void (*dl_error)(sqlite3_vfs *, int, char *);
	void (*(*dl_sym)(sqlite3_vfs *, void *, const char *))(void);
	void (*dl_close)(sqlite3_vfs *, void *);
	int (*randomness)(sqlite3_vfs *, int, char *);
	int (*sleep)(sqlite3_vfs *, int);
	int (*current_time)(sqlite3_vfs *, double *);
	int (*get_last_error)(sqlite3_vfs *, int, char *);
	int (*current_time_ms)(sqlite3_vfs *, int64_t *);
	void *system_calls[3];
};

// Result codes and opcodes of sqlite3.h.
enum {
	SHIM_OK = 0,
	SHIM_CANTOPEN = 14,
	SHIM_OPEN_MAIN_DB = 0x00000100,
	SHIM_OPEN_WAL = 0x00080000,
	SHIM_OPEN_DELETE_ON_CLOSE = 0x00000008,
	SHIM_CHECKPOINT_DONE = 37,
	SHIM_CHECKPOINT_START = 39,
};

// powercut_install makes the shim what every database opened from now on goes
// through.
int powercut_install(void);

// powercut_seed makes SQLite's randomness, from now on, follow from a seed.
void powercut_seed(uint64_t seed);

// powercut_time is the time that SQLite is told, in ms since 1970; 0 is the
// system's own.
void powercut_time(int64_t ms);

#endif
