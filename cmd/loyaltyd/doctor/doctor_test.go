package doctor_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/doctor"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine/machinetest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Each fault put in by hand is named, with its cure.
func TestDoctorNamesFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(t *testing.T, m machine.Machine, config *configs.Loaded)
		check string
		says  string
		fix   string
	}{
		{"others may enter the folder", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			chmod(t, c.DataDir, 0o755)
		}, "data folder", "mode 0755", "chmod 700"},
		{"others may read the key", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			chmod(t, filepath.Join(c.DataDir, "key"), 0o644)
		}, "key", "others on this machine can read it", "chmod 600"},
		{"a damaged key file", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			writeOver(t, filepath.Join(c.DataDir, "key"), "{")
		}, "database", "key", "read its log"},
		{"the journal is no database", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			writeOver(t, filepath.Join(c.DataDir, "journal.db"), strings.Repeat("nonsense", 1000))
		}, "database", "journal", "loyaltyd verify"},
		{"a program that does not load", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.ProgramFile = testkit.WrittenFile(t, "program.yaml", "program: [\n")
		}, "configuration", "program_file", "config check"},
		{"a program in another currency", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.Currency = "EUR"
		}, "program", "in EUR, and the store in TRY", "program_file"},
		{"the clock was set ahead once", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			shop.Ahead(t, c.Config, 100*time.Hour)
		}, "clock", "nothing is redeemed", "clock accept"},
		{"a keypad that is not plugged in", func(t *testing.T, m machine.Machine, c *configs.Loaded) {
			adapter(t, m)
			c.Keypads = keypadAt("/dev/serial/by-id/usb-other")
		}, "keypad", "is not there", "/dev/serial/by-id/usb-FTDI_A1-if00-port0"},
		{"a keypad by a name that changes", func(t *testing.T, m machine.Machine, c *configs.Loaded) {
			adapter(t, m)
			c.Keypads = keypadAt("/dev/ttyUSB0")
		}, "keypad", "another device after the next start", "write /dev/serial/by-id/usb-FTDI_A1-if00-port0 into keypads[0].port"},
		{"a keypad that ModemManager has", func(t *testing.T, m machine.Machine, c *configs.Loaded) {
			adapter(t, m)
			machinetest.File(t, m, "proc/7/comm", "ModemManager\n")
			machinetest.Link(t, m, "proc/7/fd/5", "/dev/ttyUSB0")
			c.Keypads = keypadAt("/dev/serial/by-id/usb-FTDI_A1-if00-port0")
		}, "keypad", "ModemManager (process 7)", "udev rule"},
		{"a scanner that types, which the daemon may not read", func(t *testing.T, m machine.Machine, c *configs.Loaded) {
			machinetest.Typing(t, m)
			c.Scanners = []configs.Scanner{{Name: "hand", Serial: configs.Serial{Port: machinetest.TypingPath}}}
			chmod(t, m.Path("dev/input/event3"), 0o600)
			if os.Geteuid() == 0 { // whom no mode stops
				if err := os.Chown(c.DataDir, 4242, 4242); err != nil {
					t.Fatal(err)
				}
			}
		}, "scanner", "may not open /dev/input/event3", "udev rule"},
		{"a scanner that types, by a name that changes", func(t *testing.T, m machine.Machine, c *configs.Loaded) {
			machinetest.Typing(t, m)
			machinetest.File(t, m, "proc/7/comm", "Xorg\n")
			machinetest.Link(t, m, "proc/7/fd/5", "/dev/input/event3") // which is no fault
			c.Scanners = []configs.Scanner{{Name: "hand", Serial: configs.Serial{Port: "/dev/input/event3"}}}
		}, "scanner", "another device after the next start", "write " + machinetest.TypingPath},
		{"a port somebody else has", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { listener.Close() })
			c.API.Listen = listener.Addr().String()
		}, "api", "is taken by another program", "api.listen"},
		{"an API for the whole network", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.API.Listen = "0.0.0.0:0"
		}, "api", "can be reached from the network", "127.0.0.1"},
		{"headquarters that is not there", func(*testing.T, machine.Machine, *configs.Loaded) {}, "headquarters", "is not reached", "headquarters.url"},
		{"a backup that nobody made", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = t.TempDir(), "age1"
		}, "backup", "NO BACKUP was made yet", "loyaltyd backup"},
		{"a backup stick that was pulled, with a backup of just now", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = filepath.Join(t.TempDir(), "stick"), "age1"
			last := backups.Record{At: time.Now(), Saved: backup.Saved{Path: filepath.Join(c.Backup.Target, "a.age")}}
			if err := last.Save(c.DataDir); err != nil {
				t.Fatal(err)
			}
		}, "backup", "stick is not there", "plug the stick in"},
		{"a backup stick that is not mounted, its place is empty", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = filepath.Dir(c.DataDir), "age1"
			last := backups.Record{At: time.Now(), Saved: backup.Saved{Path: filepath.Join(c.Backup.Target, "a.age")}}
			if err := last.Save(c.DataDir); err != nil {
				t.Fatal(err)
			}
		}, "backup", "was on another disk", "plug it in"},
		{"a backup folder that the daemon may not write", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.Backup.Target, c.Backup.Recipient = t.TempDir(), "age1"
			err := os.Chmod(c.Backup.Target, 0o500)
			if os.Geteuid() == 0 { // whom no mode stops
				err = os.Chown(c.DataDir, 4242, 4242)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "backup", "who runs the daemon, cannot write to", "chown"},
		{"a program that the daemon may not read", func(t *testing.T, _ machine.Machine, c *configs.Loaded) {
			c.ProgramFile = testkit.WrittenFile(t, "program.yaml", string(configs.Starter))
			err := os.Chmod(c.ProgramFile, 0)
			if os.Geteuid() == 0 { // whom no mode stops
				err = os.Chown(c.DataDir, 4242, 4242)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "configuration", "who runs the daemon, cannot read", "chmod a+r"},
		{"a unit without a watchdog", func(t *testing.T, m machine.Machine, _ *configs.Loaded) {
			machinetest.File(t, m, "etc/systemd/system/loyaltyd.service", "[Service]\nExecStart=/usr/bin/loyaltyd run\n")
		}, "service", "no watchdog", "WatchdogSec"},
		{"a till that is enabled and stopped", func(t *testing.T, m machine.Machine, _ *configs.Loaded) {
			machinetest.File(t, m, "usr/lib/systemd/system/loyaltyd.service", "[Service]\nWatchdogSec=30s\n")
			machinetest.Link(t, m, "etc/systemd/system/multi-user.target.wants/loyaltyd.service", "/usr/lib/systemd/system/loyaltyd.service")
		}, "service", "no daemon runs", "systemctl start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := machinetest.New(t)
			config := configs.Loaded{Config: shop.KeptTill(t)}
			c.fault(t, m, &config)
			findings := doctor.Examine(t.Context(), m, config, nil)
			var said []string
			for _, f := range findings {
				if f.Check == c.check && f.Result == doctor.Wrong && strings.Contains(f.Says, c.says) && strings.Contains(f.Fix, c.fix) {
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
	config := shop.Config(testkit.Private(t))
	config.Backup.Target = ""
	shop.Open(t, config)
	for _, f := range doctor.Examine(t.Context(), machinetest.New(t), configs.Loaded{Config: config}, nil) {
		if f.Result == doctor.Wrong && f.Check != "backup" { // none was made yet
			t.Errorf("%+v", f)
		}
	}
	config.DataDir = filepath.Join(t.TempDir(), "none")
	for _, f := range doctor.Examine(t.Context(), machinetest.New(t), configs.Loaded{Config: config}, nil) {
		if f.Result == doctor.Wrong {
			t.Errorf("%+v", f)
		}
	}
	if _, err := os.Stat(config.DataDir); err == nil {
		t.Error("looking made the data folder")
	}
	code, out, talk := commandtest.Run(t, "doctor", "--config", testkit.WrittenFile(t, "till.yaml", "regoin: DE\napi: {listen: 127.0.0.1:0}\ndata_dir: "+config.DataDir+"\n"))
	if code != exit.Failed || !strings.Contains(out, `nearest is "region"`) || !strings.Contains(talk, "one thing has to be done") {
		t.Errorf("a misspelt key: exit %d\n%s%s", code, out, talk)
	}
}

func keypadAt(port string) []configs.Keypad {
	return []configs.Keypad{{Name: "lane", Serial: configs.Serial{Port: port}}}
}

// adapter plugs one in.
func adapter(t *testing.T, m machine.Machine) {
	t.Helper()
	machinetest.USB(t, m, "ttyUSB0", "1-1", "0403", "6001", "FTDI", "FT232R")
	machinetest.File(t, m, "dev/ttyUSB0", "")
	machinetest.Link(t, m, "dev/serial/by-id/usb-FTDI_A1-if00-port0", "../../ttyUSB0")
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
