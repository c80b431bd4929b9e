package simulate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
)

// machine is a program and its disk. Its process may be killed, its power cut
// and its disk fail; it comes up again by itself.
type machine struct {
	*world
	name   string
	disk   *powercut.Disk
	up     bool
	gone   bool          // for ever
	faulty bool          // its disk fails now
	fault  powercut.Kind // its last
	ill    bool          // it failed, and the error that may leave behind did not come
	end    powercut.End
	start  func() error
	stop   func()
	beside string // a file that the program replaces by itself; "" is none
}

func (m *machine) running() bool { return m.up }

// mind notices that the machine has ended, and lets it come up again.
func (m *machine) mind() {
	if m.up && m.disk.Stopped() {
		m.down()
	}
}

// down is the end of a machine, in the way that was drawn for it.
func (m *machine) down() {
	m.note("%s ends: %s", m.name, m.end)
	m.countEnd()
	m.up = false
	m.stop()
	old := m.disk
	disk, err := old.Restart(m.end, m.folder(), m.random.Uint64())
	if err != nil {
		panic(err) // the machine that simulates has no room
	}
	m.carry(old, disk)
	m.forget(old)
	m.disk, m.faulty, m.ill = disk, false, false
	m.in(m.between(time.Second, 5*time.Minute), m.boot)
}

// carry takes the file beside the databases from one disk to another: what is renamed
// into its place is durable.
func (m *machine) carry(from, to *powercut.Disk) {
	content, err := os.ReadFile(filepath.Join(from.Dir(), m.beside))
	if m.beside == "" || errors.Is(err, fs.ErrNotExist) {
		return
	}
	m.expect("carry "+m.beside, err)
	m.expect("carry "+m.beside, os.WriteFile(filepath.Join(to.Dir(), m.beside), content, 0o600))
}

func (m *machine) countEnd() {
	switch {
	case m.end == powercut.Killed:
		m.counts.Kills++
	case m == &m.hq.machine:
		m.counts.Cuts++
		m.counts.HQCut++
	default:
		m.counts.Cuts++
	}
}

func (m *machine) forget(disk *powercut.Disk) {
	disk.Forget()
	os.RemoveAll(disk.Dir()) // what stays takes room until the run ends
}

// boot starts the program. Power may be cut meanwhile.
func (m *machine) boot() {
	if m.up || m.gone {
		return
	}
	m.disk.Lies = m.Mutant.lies(true)
	if !m.healing && m.Cuts > 0 && m.chance(15) {
		m.end = m.drawEnd()
		m.disk.StopAfter(1 + m.random.IntN(40))
	}
	err := m.start()
	m.disk.Lies = m.Mutant.lies(false)
	switch {
	case m.disk.Stopped():
		m.counts.BootCut++
		m.down()
	case err != nil && m.faulty:
		m.in(time.Minute, m.boot)
	case err != nil:
		m.violate("%s does not start: %w", m.name, err)
	default:
		m.up = true
		m.counts.Restarts++
		m.note("%s is up", m.name)
	}
}

// drop is the end of the run.
func (m *machine) drop() {
	if m.up {
		m.disk.Stop()
		m.stop()
	}
	if m.disk != nil {
		m.forget(m.disk)
	}
}

// kill ends the process; what the system has stays.
func (m *machine) kill() {
	if m.up {
		m.end = powercut.Killed
		m.disk.StopAfter(1 + m.random.IntN(30))
	}
}

// cut ends the power, behind one of the next writes.
func (m *machine) cut() {
	if m.up {
		m.end = m.drawEnd()
		m.disk.StopAfter(1 + m.random.IntN(30))
	}
}

func (m *machine) drawEnd() powercut.End {
	return []powercut.End{powercut.Kept, powercut.Lost, powercut.Torn, powercut.Torn}[m.random.IntN(4)]
}

// fail lets the disk fail, once or for a while.
func (m *machine) fail() {
	if !m.up {
		return
	}
	fault := powercut.Fault{
		Kind: powercut.Kinds[m.random.IntN(len(powercut.Kinds))], After: m.random.IntN(10), ForEver: m.chance(50),
	}
	m.note("%s: %s behind %d calls, for ever %t", m.name, fault.Kind, fault.After, fault.ForEver)
	m.fault, m.faulty, m.ill = fault.Kind, true, true
	m.disk.Fail(fault)
	m.in(m.between(time.Second, 10*time.Minute), m.repair)
}

// explained reports whether an error of the machine has a reason: its disk, or
// that nobody found out yet what that left behind.
func (m *machine) explained(err error) bool {
	if err == nil || m.disk.Stopped() {
		return true
	}
	ill := m.ill
	m.ill = m.faulty
	return ill
}

func (m *machine) repair() {
	m.disk.Fail(powercut.Fault{})
	m.faulty = false
}
