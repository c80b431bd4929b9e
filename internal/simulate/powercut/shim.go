package powercut

/*
#cgo CFLAGS: -std=gnu99
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"path/filepath"
	"sync"
	"time"
	"unsafe"

	_ "github.com/loyaltyd/loyaltyd/internal/sqlitedb" // brings SQLite
)

// Result codes of SQLite.
const (
	codeOK    = 0
	codeFull  = 13
	codeWrite = 10 | 3<<8
	codeSync  = 10 | 4<<8
	codeRead  = 10 | 1<<8
)

// watched are the disks by their folder, and the files that SQLite has open of
// them.
var watched = struct {
	sync.RWMutex
	disks map[string]*Disk
	open  map[C.int]handle
	last  C.int
}{disks: map[string]*Disk{}, open: map[C.int]handle{}}

// handle is a file that SQLite has open.
type handle struct {
	disk *Disk
	name string
}

var install = sync.OnceFunc(func() {
	if rc := C.powercut_install(); rc != codeOK {
		panic(fmt.Sprintf("powercut: SQLite takes no other VFS: code %d", rc))
	}
})

// Seed makes SQLite's randomness follow from a seed from now on: salts of WALs.
// It is the process's; no other goroutine may use SQLite meanwhile.
func Seed(seed uint64) {
	install()
	C.powercut_seed(C.uint64_t(seed))
}

// Tell tells SQLite the time.
func Tell(now time.Time) { C.powercut_time(C.int64_t(now.UnixMilli())) }

func watch(d *Disk) {
	install()
	watched.Lock()
	defer watched.Unlock()
	watched.disks[d.dir] = d
}

func unwatch(d *Disk) {
	watched.Lock()
	defer watched.Unlock()
	delete(watched.disks, d.dir)
}

func find(path *C.char) (*Disk, string) {
	full := C.GoString(path)
	watched.RLock()
	defer watched.RUnlock()
	return watched.disks[filepath.Dir(full)], filepath.Base(full)
}

func opened(id C.int) handle {
	watched.RLock()
	defer watched.RUnlock()
	return watched.open[id]
}

//export powercutOpen
func powercutOpen(path *C.char, flags C.int) C.int {
	d, name := find(path)
	if d == nil {
		return 0
	}
	if !d.opens(name, flags&C.SHIM_OPEN_MAIN_DB != 0) {
		return -1
	}
	watched.Lock()
	defer watched.Unlock()
	watched.last++
	watched.open[watched.last] = handle{d, name}
	return watched.last
}

//export powercutClose
func powercutClose(id C.int) {
	watched.Lock()
	defer watched.Unlock()
	delete(watched.open, id)
}

//export powercutRead
func powercutRead(id C.int) C.int { return C.int(opened(id).disk.reads()) }

//export powercutWrite
func powercutWrite(id C.int, from unsafe.Pointer, n C.int, at C.int64_t, made *C.int) C.int {
	h := opened(id)
	whole, code := h.disk.writes(h.name, unsafe.Slice((*byte)(from), int(n)), int64(at))
	*made = C.int(whole)
	return C.int(code)
}

//export powercutTruncate
func powercutTruncate(id C.int, size C.int64_t) C.int {
	h := opened(id)
	return C.int(h.disk.truncates(h.name, int64(size)))
}

//export powercutSync
func powercutSync(id C.int) C.int {
	h := opened(id)
	return C.int(h.disk.syncs(h.name))
}

//export powercutCheckpoint
func powercutCheckpoint(id C.int, begins C.int) { opened(id).disk.checkpoint(begins != 0) }

//export powercutDelete
func powercutDelete(path *C.char, durable C.int) C.int {
	d, name := find(path)
	if d == nil {
		return codeOK
	}
	return C.int(d.deletes(name, durable != 0))
}
