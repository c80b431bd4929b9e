package powercut

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// opens is false where nothing can be opened any more.
func (d *Disk) opens(name string, database bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	if _, hit := d.fails(Reading); hit {
		return false
	}
	d.replaced(name)
	if f := d.files[name]; f == nil || f.gone {
		k := appeared
		if database { // who opens one has synced the folder
			k = created
		}
		d.make(Op{kind: k, name: name})
	}
	return !d.stopped
}

// replaced takes notice of a database that the program itself removed, with what lay
// beside it, or put another in place of; it syncs the folder then, and what it puts
// there is whole.
func (d *Disk) replaced(name string) {
	f := d.files[name]
	if f == nil || f.gone {
		return
	}
	is, err := os.ReadFile(filepath.Join(d.dir, name))
	if err == nil && bytes.Equal(is, f.cache) {
		return
	}
	d.make(Op{kind: removed, name: name})
	d.removedBeside(name)
	if len(is) > 0 {
		_ = d.make(Op{kind: created, name: name}) && d.make(Op{kind: wrote, name: name, data: is}) &&
			d.make(Op{kind: synced, name: name})
	}
}

// removedBeside takes notice of what went with a database.
func (d *Disk) removedBeside(name string) {
	for _, beside := range []string{name + "-wal", name + "-journal"} {
		_, err := os.Lstat(filepath.Join(d.dir, beside))
		if d.files[beside] != nil && errors.Is(err, fs.ErrNotExist) {
			d.make(Op{kind: removed, name: beside})
		}
	}
}

func (d *Disk) reads() (code int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, hit := d.fails(Reading); hit || d.stopped {
		return codeRead
	}
	return codeOK
}

// writes makes a write, or part of it, or none.
func (d *Disk) writes(name string, data []byte, at int64) (made, code int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	made = len(data)
	if kind, hit := d.fails(Writing); hit {
		made, code = kind.made(made), kind.code()
	}
	if made == 0 {
		return 0, code
	}
	if isWAL(name) && at == 0 {
		d.headed = true
	}
	if !d.make(Op{kind: wrote, name: name, at: at, data: append([]byte(nil), data[:made]...)}) {
		return 0, codeWrite
	}
	return made, code
}

func (d *Disk) truncates(name string, size int64) (code int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	if kind, hit := d.fails(Writing); hit {
		return kind.code()
	}
	if !d.make(Op{kind: truncated, name: name, at: size}) {
		return codeWrite
	}
	return codeOK
}

func (d *Disk) syncs(name string) (code int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	op := Op{kind: synced, name: name}
	if kind, hit := d.fails(Syncing); hit && kind == Unplugged {
		return codeSync
	} else if hit {
		op.kind, code = syncFailed, codeSync
	}
	if d.lies(name) {
		return code
	}
	if !d.make(op) {
		return codeSync
	}
	return code
}

// lies reports whether a sync is only said.
func (d *Disk) lies(name string) bool {
	headed := d.headed
	if isWAL(name) {
		d.headed = false
	}
	return d.Lies.Never || d.Lies.Normal && isWAL(name) && !d.checkpointing && !headed
}

func (d *Disk) checkpoint(begins bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.checkpointing = begins
}

func (d *Disk) deletes(name string, durable bool) (code int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	if d.files[name] == nil {
		return codeOK
	}
	if kind, hit := d.fails(Writing); hit {
		return kind.code()
	}
	op := Op{kind: deleted, name: name}
	if durable {
		op.kind = removed
	}
	if !d.make(op) {
		return codeWrite
	}
	return codeOK
}

func isWAL(name string) bool { return filepath.Ext(name) == ".db-wal" }
