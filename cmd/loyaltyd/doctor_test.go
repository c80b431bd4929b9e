package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/backup"
)

// Each fault put in by hand is named, with its cure.
func TestDoctorNamesFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(t *testing.T, m machine, config *configs.Loaded)
		check string
		says  string
		fix   string
	}{
		{"others may enter the folder", func(t *testing.T, _ machine, c *configs.Loaded) {
			chmod(t, c.DataDir, 0o755)
		}, "data folder", "mode 0755", "chmod 700"},
		{"others may read the key", func(t *testing.T, _ machine, c *configs.Loaded) {
			chmod(t, filepath.Join(c.DataDir, "key"), 0o644)
		}, "key", "others on this machine can read it", "chmod 600"},
		{"a damaged key file", func(t *testing.T, _ machine, c *configs.Loaded) {
			writeOver(t, filepath.Join(c.DataDir, "key"), "{")
		}, "database", "key", "read its log"},
		{"the journal is no database", func(t *testing.T, _ machine, c *configs.Loaded) {
			writeOver(t, filepath.Join(c.DataDir, "journal.db"), strings.Repeat("nonsense", 1000))
		}, "database", "journal", "loyaltyd verify"},
		{"a program that does not load", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.ProgramFile = writtenFile(t, "program.yaml", "program: [\n")
		}, "configuration", "program_file", "config check"},
		{"a program in another currency", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.Currency = "EUR"
		}, "program", "in EUR, and the store in TRY", "program_file"},
		{"the clock was set ahead once", func(t *testing.T, _ machine, c *configs.Loaded) {
			ahead(t, c.Config, 100*time.Hour)
		}, "clock", "nothing is redeemed", "clock accept"},
		{"a keypad that is not plugged in", func(t *testing.T, m machine, c *configs.Loaded) {
			adapter(t, m)
			c.Keypads = keypadAt("/dev/serial/by-id/usb-other")
		}, "keypad", "is not there", "/dev/serial/by-id/usb-FTDI_A1-if00-port0"},
		{"a keypad by a name that changes", func(t *testing.T, m machine, c *configs.Loaded) {
			adapter(t, m)
			c.Keypads = keypadAt("/dev/ttyUSB0")
		}, "keypad", "another device after the next start", "write /dev/serial/by-id/usb-FTDI_A1-if00-port0 into keypads[0].port"},
		{"a keypad that ModemManager has", func(t *testing.T, m machine, c *configs.Loaded) {
			adapter(t, m)
			m.file(t, "proc/7/comm", "ModemManager\n")
			m.link(t, "proc/7/fd/5", "/dev/ttyUSB0")
			c.Keypads = keypadAt("/dev/serial/by-id/usb-FTDI_A1-if00-port0")
		}, "keypad", "ModemManager (process 7)", "udev rule"},
		{"a scanner that types, which the daemon may not read", func(t *testing.T, m machine, c *configs.Loaded) {
			typing(t, m)
			c.Scanners = []configs.Scanner{{Name: "hand", Serial: configs.Serial{Port: typingPath}}}
			chmod(t, m.path("dev/input/event3"), 0o600)
			if os.Geteuid() == 0 { // whom no mode stops
				if err := os.Chown(c.DataDir, 4242, 4242); err != nil {
					t.Fatal(err)
				}
			}
		}, "scanner", "may not open /dev/input/event3", "udev rule"},
		{"a scanner that types, by a name that changes", func(t *testing.T, m machine, c *configs.Loaded) {
			typing(t, m)
			m.file(t, "proc/7/comm", "Xorg\n")
			m.link(t, "proc/7/fd/5", "/dev/input/event3") // which is no fault
			c.Scanners = []configs.Scanner{{Name: "hand", Serial: configs.Serial{Port: "/dev/input/event3"}}}
		}, "scanner", "another device after the next start", "write " + typingPath},
		{"a port somebody else has", func(t *testing.T, _ machine, c *configs.Loaded) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { listener.Close() })
			c.API.Listen = listener.Addr().String()
		}, "api", "is taken by another program", "api.listen"},
		{"an API for the whole network", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.API.Listen = "0.0.0.0:0"
		}, "api", "can be reached from the network", "127.0.0.1"},
		{"headquarters that is not there", func(*testing.T, machine, *configs.Loaded) {}, "headquarters", "is not reached", "headquarters.url"},
		{"a backup that nobody made", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = t.TempDir(), "age1"
		}, "backup", "NO BACKUP was made yet", "loyaltyd backup"},
		{"a backup stick that was pulled, with a backup of just now", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = filepath.Join(t.TempDir(), "stick"), "age1"
			last := backupRecord{At: time.Now(), Saved: backup.Saved{Path: filepath.Join(c.Backup.Target, "a.age")}}
			if err := last.save(c.DataDir); err != nil {
				t.Fatal(err)
			}
		}, "backup", "stick is not there", "plug the stick in"},
		{"a backup stick that is not mounted, its place is empty", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = filepath.Dir(c.DataDir), "age1"
			last := backupRecord{At: time.Now(), Saved: backup.Saved{Path: filepath.Join(c.Backup.Target, "a.age")}}
			if err := last.save(c.DataDir); err != nil {
				t.Fatal(err)
			}
		}, "backup", "was on another disk", "plug it in"},
		{"a backup folder that the daemon may not write", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = t.TempDir(), "age1"
			err := os.Chmod(c.Backup.Target, 0o500)
			if os.Geteuid() == 0 { // whom no mode stops
				err = os.Chown(c.DataDir, 4242, 4242)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "backup", "who runs the daemon, cannot write to", "chown"},
		{"a program that the daemon may not read", func(t *testing.T, _ machine, c *configs.Loaded) {
			c.ProgramFile = writtenFile(t, "program.yaml", string(configs.Starter))
			err := os.Chmod(c.ProgramFile, 0)
			if os.Geteuid() == 0 { // whom no mode stops
				err = os.Chown(c.DataDir, 4242, 4242)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "configuration", "who runs the daemon, cannot read", "chmod a+r"},
		{"a unit without a watchdog", func(t *testing.T, m machine, _ *configs.Loaded) {
			m.file(t, "etc/systemd/system/loyaltyd.service", "[Service]\nExecStart=/usr/bin/loyaltyd run\n")
		}, "service", "no watchdog", "WatchdogSec"},
		{"a till that is enabled and stopped", func(t *testing.T, m machine, _ *configs.Loaded) {
			m.file(t, "usr/lib/systemd/system/loyaltyd.service", "[Service]\nWatchdogSec=30s\n")
			m.link(t, "etc/systemd/system/multi-user.target.wants/loyaltyd.service", "/usr/lib/systemd/system/loyaltyd.service")
		}, "service", "no daemon runs", "systemctl start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			config := configs.Loaded{Config: keptTill(t)}
			c.fault(t, m, &config)
			findings := examine(t.Context(), m, config, nil)
			var said []string
			for _, f := range findings {
				if f.Check == c.check && f.Result == wrong && strings.Contains(f.Says, c.says) && strings.Contains(f.Fix, c.fix) {
					return
				}
				said = append(said, fmt.Sprintf("%+v", f))
			}
			t.Errorf("not named; said:\n%s", strings.Join(said, "\n"))
		})
	}
}

// A till that stands well has nothing to do, as its daemon runs and where it
// was never started; looking changes nothing.
func TestDoctorFindsNothing(t *testing.T) {
	config := shopConfig(private(t))
	config.Backup.Target = ""
	openOwnTill(t, config)
	for _, f := range examine(t.Context(), newMachine(t), configs.Loaded{Config: config}, nil) {
		if f.Result == wrong && f.Check != "backup" { // none was made yet
			t.Errorf("%+v", f)
		}
	}
	config.DataDir = filepath.Join(t.TempDir(), "none")
	for _, f := range examine(t.Context(), newMachine(t), configs.Loaded{Config: config}, nil) {
		if f.Result == wrong {
			t.Errorf("%+v", f)
		}
	}
	if _, err := os.Stat(config.DataDir); err == nil {
		t.Error("looking made the data folder")
	}
	code, out, talk := command(t, "doctor", "--config", writtenFile(t, "till.yaml", "regoin: DE\napi: {listen: 127.0.0.1:0}\ndata_dir: "+config.DataDir+"\n"))
	if code != exit.Failed || !strings.Contains(out, `nearest is "region"`) || !strings.Contains(talk, "one thing has to be done") {
		t.Errorf("a misspelt key: exit %d\n%s%s", code, out, talk)
	}
}

// Who may open a device is judged for the daemon's user, not for who asks.
func TestMayOpen(t *testing.T) {
	dialout := syscall.Stat_t{Uid: 0, Gid: 20, Mode: 0o660}
	for _, c := range []struct {
		uid    uint32
		groups []string
		want   bool
	}{{0, nil, true}, {900, []string{"900", "20"}, true}, {900, []string{"900"}, false}} {
		if got := mayOpen(dialout, c.uid, c.groups); got != c.want {
			t.Errorf("user %d of %v: %v", c.uid, c.groups, got)
		}
	}
}

func keypadAt(port string) []configs.Keypad {
	return []configs.Keypad{{Name: "lane", Serial: configs.Serial{Port: port}}}
}

// adapter plugs one in.
func adapter(t *testing.T, m machine) {
	t.Helper()
	m.usb(t, "ttyUSB0", "1-1", "0403", "6001", "FTDI", "FT232R")
	m.file(t, "dev/ttyUSB0", "")
	m.link(t, "dev/serial/by-id/usb-FTDI_A1-if00-port0", "../../ttyUSB0")
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func writeOver(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
