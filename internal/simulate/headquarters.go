package simulate

import (
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// headquarters is a real one on its machine.
type headquarters struct {
	machine
	*hq.Headquarters
	handler http.Handler
	// acked are the bodies that it said it has, and behind which operation.
	acked   map[ledger.Hash]int
	backup  string // folder of the last one; "" is none
	planned bool   // it is going to work
}

// newHeadquarters begins with the template's.
func (w *world) newHeadquarters() (*headquarters, error) {
	dir := w.folder()
	if err := copyFolder(dir, w.Template.headquarters()); err != nil {
		return nil, err
	}
	disk, err := powercut.Watch(dir, w.random.Uint64())
	if err != nil {
		return nil, err
	}
	h := &headquarters{acked: map[ledger.Hash]int{}}
	h.machine = machine{world: w, name: "headquarters", disk: disk, start: h.open, stop: func() { h.Close() }, beside: hq.ErasuresFile}
	return h, nil
}

func (h *headquarters) open() (err error) {
	h.Headquarters, err = hq.Open(ctx, hq.Options{
		Dir: h.disk.Dir(), Now: func() time.Time { return h.at }, Program: h.program, Policy: authority.PolicyOf(h.program), Notify: h.hear,
	})
	if err != nil {
		h.stop = func() {}
		return err
	}
	h.stop = func() { h.Close() }
	h.handler = h.Mutant.handler(h)
	if !h.disk.Stopped() {
		h.checkAcked()
	}
	h.plan(0)
	return nil
}

// plan lets headquarters work soon.
func (h *headquarters) plan(after time.Duration) {
	if h.planned {
		return
	}
	h.planned = true
	h.in(after, func() {
		h.planned = false
		h.work()
	})
}

// work is a round of Run, which also works when nothing came.
func (h *headquarters) work() {
	if h.up {
		h.tend()
		h.plan(h.between(30*time.Second, 20*time.Minute))
	}
}

func (h *headquarters) tend() {
	if err := h.Work(ctx); !h.explained(err) {
		h.violate("headquarters works: %w", err)
	}
	status, err := h.Status(ctx)
	if err != nil {
		return // it is asked again
	}
	if status.Parked > 0 {
		h.counts.ParkedReturn++
	}
	if status.ClockUnsound {
		_ = h.ConfirmClock(ctx) // a person looked; asked again where it fails
	}
}

// hear is what a person is told.
func (h *headquarters) hear(e event.Event) {
	switch e.What {
	case event.Fork:
		h.counts.Fenced++
	case event.Unproven:
		h.counts.Reclaimed++
	case event.Loss:
		if _, told := h.losses[e.Entry]; !told {
			h.counts.LateSpend++
		}
		h.losses[e.Entry] = max(h.losses[e.Entry], e.Amount)
		h.note("headquarters books %d to loss", e.Amount)
	case event.DuplicateName:
		h.counts.EnrolledTwice++
	}
}

// serve is a request as it arrives; written once the answer is on its way.
func (h *headquarters) serve(w http.ResponseWriter, r *http.Request) bool {
	if !h.up {
		return false
	}
	h.handler.ServeHTTP(w, r)
	if h.disk.Stopped() {
		return false // nobody was answered
	}
	if r.URL.Path != wire.FeedPath {
		h.planned = false // sooner than it would have
		h.plan(h.between(0, 2*time.Second))
	}
	return true
}

// save makes a backup.
func (h *headquarters) save() {
	if !h.up || h.faulty {
		return
	}
	dir := h.folder()
	err := custody.CopyDatabase(ctx, h.disk.Dir(), dir)
	if h.disk.Stopped() {
		return
	}
	h.expect("back headquarters up", err)
	key, err := os.ReadFile(filepath.Join(h.disk.Dir(), hq.KeyFile))
	h.expect("back headquarters up", err)
	h.expect("back headquarters up", os.WriteFile(filepath.Join(dir, hq.KeyFile), key, 0o600))
	h.backup = dir
	h.note("headquarters is backed up")
	h.noteBackup()
}

// restore puts the last backup in headquarters' place.
func (h *headquarters) restore() {
	if h.backup == "" || h.disk.Stopped() {
		return
	}
	if h.up {
		h.up = false
		h.disk.Stop()
		h.stop()
	}
	old, dir := h.disk, h.folder()
	h.expect("restore headquarters", copyFolder(dir, h.backup))
	disk, err := powercut.Watch(dir, h.random.Uint64())
	h.expect("restore headquarters", err)
	h.carry(old, disk)
	h.forget(old)
	h.disk = disk
	_, err = custody.Restore(ctx, home.At{Dir: dir}, h.at)
	h.expect("restore headquarters", err)
	clear(h.acked) // of what came since it has no more than tills send again
	clear(h.must)
	h.counts.HQRestored++
	h.note("headquarters is put back from its backup")
	h.boot()
}
