// Package powercut is a disk whose power can be cut: what is left of a
// program's files behind any of its writes, and what a program does whose disk
// fails at any of them.
//
// It puts itself between SQLite and the system as SQLite's default VFS, so the
// program under test is the real one, opened as ever; only the paths of watched
// folders matter to it. Only tests import it. The DESIGN.md above says what it takes for
// granted.
package powercut

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Disk is the disk of one machine, seen through one folder: what programs see
// of it stands in the folder itself.
type Disk struct {
	// Lies are what this disk, or the program on it, does not do though it says so.
	Lies Lies

	dir     string
	mu      sync.Mutex
	random  *rand.Rand
	files   map[string]*file
	outside []*outside
	log     *[]Op

	ops           int
	stopAt        int // the operation that is not made any more; 0 is none
	stopped       bool
	fault         Fault
	checkpointing bool
	headed        bool // the WAL's header was written since its last sync
}

// Lies are for mutants: a harness that does not see them proves nothing.
type Lies struct {
	// Normal syncs as PRAGMA synchronous = NORMAL does: a WAL only before its
	// content is moved, and once it begins anew.
	Normal bool
	// Never syncs nothing.
	Never bool
}

// Watch begins with what stands in a folder, all of it on disk. What is random
// follows from the seed.
func Watch(dir string, seed uint64) (*Disk, error) {
	d := &Disk{dir: dir, random: rand.New(rand.NewPCG(seed, 0)), files: map[string]*file{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("watch folder: %w", err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("watch folder: %w", err)
		}
		if !strings.HasSuffix(e.Name(), "-shm") {
			d.files[e.Name()] = fresh(content)
		}
	}
	watch(d)
	return d, nil
}

func fresh(content []byte) *file {
	f := &file{cache: content, disk: slices.Clone(content), named: true}
	f.resize(int64(len(content)))
	return f
}

// Forget ends the watch.
func (d *Disk) Forget() {
	unwatch(d)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	for _, o := range d.outside {
		if o.file != nil {
			o.file.Close() // was only read
		}
	}
	d.outside = nil
}

// Dir is the folder.
func (d *Disk) Dir() string { return d.dir }

// Outside names files that the program writes by itself, not through SQLite,
// each time with a sync behind it and no SQLite in between. They are looked at
// before each operation, so a cut may fall between the write and the sync. None
// may be replaced by another file, or be larger than 64 KiB.
func (d *Disk) Outside(names ...string) {
	for _, name := range names {
		d.outside = append(d.outside, &outside{name: name})
	}
}

// names are the outside's.
func (d *Disk) names() (names []string) {
	for _, o := range d.outside {
		names = append(names, o.name)
	}
	return names
}

// Ops is how many operations were made.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	return d.ops
}

// StopAfter lets the machine end behind so many more operations, at least one:
// from then on nothing reaches the disk.
func (d *Disk) StopAfter(ops int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopAt = d.ops + max(1, ops)
}

// StopNever takes StopAfter back.
func (d *Disk) StopNever() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopAt = 0
}

// Stop ends the machine now.
func (d *Disk) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	d.stopped = true
}

// Stopped reports whether the machine has ended. What a program said after that
// nobody heard.
func (d *Disk) Stopped() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	return d.stopped
}

// Restart puts into an empty folder what the machine has when it comes up
// again, and watches that. The old folder is nobody's any more: whoever has it
// open may close it.
func (d *Disk) Restart(end End, dir string, seed uint64) (*Disk, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	next := &Disk{dir: dir, random: rand.New(rand.NewPCG(seed, 0)), Lies: d.Lies}
	next.Outside(d.names()...)
	next.files = after(d.files, end, d.random)
	if err := next.lay(); err != nil {
		return nil, err
	}
	watch(next)
	return next, nil
}

// Copy puts the files as they are now into an empty folder, all of it on disk,
// and watches that beside the first.
func (d *Disk) Copy(dir string, seed uint64) (*Disk, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	copied := &Disk{dir: dir, random: rand.New(rand.NewPCG(seed, 0)), Lies: d.Lies, files: map[string]*file{}}
	copied.Outside(d.names()...)
	for name, f := range d.files {
		if !f.gone {
			copied.files[name] = fresh(slices.Clone(f.cache))
		}
	}
	if err := copied.lay(); err != nil {
		return nil, err
	}
	watch(copied)
	return copied, nil
}

// after is what is left of files.
func after(files map[string]*file, end End, random *rand.Rand) map[string]*file {
	left := map[string]*file{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		if end == Killed {
			if !f.gone {
				left[name] = f
			}
		} else if f = f.after(end, random); f != nil {
			left[name] = f
		}
	}
	return left
}

// lay writes the files as programs see them.
func (d *Disk) lay() error {
	for name, f := range d.files {
		if err := os.WriteFile(filepath.Join(d.dir, name), f.cache, 0o600); err != nil {
			return fmt.Errorf("lay image: %w", err)
		}
	}
	return nil
}
