package powercut

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
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
	for _, o := range d.outside {
		if d.stopped {
			return
		}
		is := o.read(d.dir)
		f := d.files[o.name]
		if is == nil || f != nil && bytes.Equal(is, f.cache) {
			continue
		}
		var was []byte
		if f != nil {
			was = f.cache
		} else {
			d.make(Op{kind: created, name: o.name})
		}
		from, to := changed(was, is)
		_ = d.make(Op{kind: wrote, name: o.name, at: int64(from), data: slices.Clone(is[from:to])}) &&
			d.make(Op{kind: synced, name: o.name})
	}
}

// outside is a file that the program writes by itself.
type outside struct {
	name string
	file *os.File // once it is there
	last []byte
}

// read returns its content until the next read; nil while it is not there.
func (o *outside) read(dir string) []byte {
	if o.file == nil {
		file, err := os.Open(filepath.Join(dir, o.name))
		if err != nil {
			return nil
		}
		o.file, o.last = file, make([]byte, 1<<16)
	}
	n, _ := o.file.ReadAt(o.last, 0) // it is smaller, and ends
	return o.last[:n]
}
