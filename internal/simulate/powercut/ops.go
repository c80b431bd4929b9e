package powercut

import (
	"bytes"
	"os"
	"path/filepath"
)

// Op is one operation on a file.
type Op struct {
	kind kind
	name string
	at   int64 // of a write, or the size a truncate leaves
	data []byte
}

type kind int

const (
	created  kind = iota // and its folder synced
	appeared             // its folder is synced with its first sync
	wrote
	truncated
	synced
	syncFailed
	deleted // and its name may come back
	removed // for good
)

// apply makes an operation.
func (d *Disk) apply(op Op) {
	f := d.files[op.name]
	switch op.kind {
	case created, appeared:
		d.create(op)
	case wrote:
		f.write(op.data, op.at, d.random)
	case truncated:
		f.resize(op.at)
	case synced:
		f.sync()
		if !f.named {
			d.syncNames()
		}
	case syncFailed:
		f.failSync(d.random)
	case deleted:
		f.gone = true
	case removed:
		delete(d.files, op.name)
	}
}

func (d *Disk) create(op Op) {
	if f := d.files[op.name]; f != nil { // it was deleted, and that may be undone
		f.gone = false
		f.resize(0)
	} else {
		d.files[op.name] = &file{}
	}
	if op.kind == created {
		d.syncNames()
	}
}

// syncNames is a sync of the folder.
func (d *Disk) syncNames() {
	for name, f := range d.files {
		if f.gone {
			delete(d.files, name)
		}
		f.named = true
	}
}

// make counts an operation and makes it, unless the machine ends before.
func (d *Disk) make(op Op) (made bool) {
	if d.stopped {
		return false
	}
	d.ops++
	if d.stopped = d.ops == d.stopAt; d.stopped {
		return false
	}
	if d.log != nil {
		*d.log = append(*d.log, op)
	}
	d.apply(op)
	return true
}

// look takes notice of what the program wrote by itself.
func (d *Disk) look() {
	for _, name := range d.outside {
		if d.stopped {
			return
		}
		is, err := os.ReadFile(filepath.Join(d.dir, name))
		if err != nil {
			continue // not there yet
		}
		var was []byte
		if f := d.files[name]; f != nil {
			was = f.cache
		} else {
			d.make(Op{kind: created, name: name})
		}
		from, to := changed(was, is)
		if from == to {
			continue
		}
		_ = d.make(Op{kind: wrote, name: name, at: int64(from), data: is[from:to]}) &&
			d.make(Op{kind: synced, name: name})
	}
}

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

// replaced takes notice of a database that the program itself removed, or put
// another in place of; it syncs the folder then, and what it puts there is whole.
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
	if len(is) > 0 {
		_ = d.make(Op{kind: created, name: name}) && d.make(Op{kind: wrote, name: name, data: is}) &&
			d.make(Op{kind: synced, name: name})
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
