package command_test

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine/machinetest"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// One check names everything that is wrong, what is only named too.
func TestConfigCheckNamesAll(t *testing.T) {
	file := testkit.WrittenFile(t, "till.yaml",
		"regoin: DE\nsync: {retry_max: 15}\nlog_level: loud\nprinters: [{name: a, port: b, profile: xx}]\nprogram_file: /nowhere.yaml\n")
	code, out, talk := commandtest.Run(t, "config", "check", file, "--json")
	if code != exit.Config {
		t.Errorf("exit %d", code)
	}
	var checked command.CheckedConfig
	if err := json.Unmarshal([]byte(out), &checked); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, problem := range checked.Problems {
		keys = append(keys, problem.Place[len(file):]+" "+problem.Key)
	}
	want := []string{":1:1 ", ":2:19 sync.retry_max", ":3:12 log_level", ":4:40 printers[0].profile", ":5:15 program_file"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
	if first := `"place": "` + file + `:1:1",
      "text": "unknown key`; !strings.Contains(out, first) {
		t.Errorf("no %s in: %s", first, out)
	}
	for _, words := range []string{`nearest is "region"`, "15 has no unit", "debug, info", "generic-80", "/nowhere.yaml"} {
		if !strings.Contains(talk, words) {
			t.Errorf("%q is not in: %s", words, talk)
		}
	}
	if code, _, talk := commandtest.Run(t, "config", "check", testkit.WrittenFile(t, "good.yaml", "region: DE\n")); code != exit.OK || !strings.Contains(talk, "nothing is wrong") {
		t.Errorf("a good file: exit %d, %s", code, talk)
	}
}

// A region of the right form in which no number can be read is named too.
func TestConfigCheckKnowsRegions(t *testing.T) {
	code, _, talk := commandtest.Run(t, "config", "check", testkit.WrittenFile(t, "till.yaml", "region: XX\n"))
	if code != exit.Config || !strings.Contains(talk, ":1:9: region") || !strings.Contains(talk, "unknown region") {
		t.Errorf("exit %d, %s", code, talk)
	}
}

// What is in effect stands there with its source, and the keys of a keypad.
func TestConfigPrint(t *testing.T) {
	file := testkit.WrittenFile(t, "till.yaml", "region: DE\n")
	t.Setenv("LOYALTYD_OPERATOR_ID", "anna")
	code, out, talk := commandtest.Run(t, "config", "print", "--config", file, "--data", "/srv/till")
	if code != exit.OK {
		t.Fatalf("exit %d: %s", code, talk)
	}
	words := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"data_dir /srv/till flag", "region DE " + file + ":1:9", "operator_id anna environment LOYALTYD_OPERATOR_ID",
		"api.listen 127.0.0.1:7780 default", "CLEAR 08 7F", "ENTER 0D",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
}

// Without a terminal the sample is written with what flags say, and what stands
// is never overwritten.
func TestConfigInitByFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "etc", "till.yaml")
	args := []string{"config", "init", file, "--region", "DE", "--currency", "EUR", "--time-zone", "Europe/Berlin",
		"--keypad", "/dev/serial/by-id/usb-A", "--printer", "192.0.2.7:9100", "--data", filepath.Join(filepath.Dir(file), "shop")}
	code, _, talk := commandtest.Run(t, args...)
	if code != exit.OK {
		t.Fatalf("exit %d: %s", code, talk)
	}
	for _, words := range []string{"/dev/serial/by-id/usb-A is not there now: the keypad", "`loyaltyd run --config " + file + "`"} {
		if !strings.Contains(talk, words) {
			t.Errorf("%q is not in:\n%s", words, talk)
		}
	}
	if code, _, talk := commandtest.Run(t, "config", "check", file); code != exit.OK {
		t.Errorf("what was written does not pass: %s", talk)
	}
	got, err := configs.Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.DataDir != filepath.Join(filepath.Dir(file), "shop") {
		t.Errorf("--data is not kept: %s", got.DataDir)
	}
	if got.Region != "DE" || got.Keypads[0].Port != "/dev/serial/by-id/usb-A" || got.Printers[0].Address != "192.0.2.7:9100" {
		t.Errorf("got %+v", got.Config)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v: the daemon's user cannot read it", info.Mode(), err)
	}
	if err := os.WriteFile(file, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, talk := commandtest.Run(t, args...); code != exit.Data || !strings.Contains(talk, "left as it is") {
		t.Errorf("a second time: exit %d, %s", code, talk)
	}
	if text, _ := os.ReadFile(file); string(text) != "# mine\n" {
		t.Error("what stood was overwritten")
	}
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	if code, _, talk := commandtest.Run(t, "config", "init", wrong, "--region", "Turkey"); code != exit.Config || !strings.Contains(talk, "two capital letters") {
		t.Errorf("a wrong flag: exit %d, %s", code, talk)
	}
	if _, err := os.Stat(wrong); err == nil {
		t.Error("a wrong flag left a file behind")
	}
}

// What cannot be right on this machine is refused before anything is written.
func TestConfigInitRefusesFlags(t *testing.T) {
	folder, missing := t.TempDir(), filepath.Join(t.TempDir(), "stick")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--region", "XX"}, `region "XX": unknown region`},
		{[]string{"--currency", "XXX"}, `--currency: "XXX" is no currency: three capital letters`},
		{[]string{"--currency", "QQQ"}, `--currency: "QQQ" is no currency: three capital letters`},
		{[]string{"--keypad", folder}, "is no serial port, but a folder"},
		{[]string{"--keypad", testkit.WrittenFile(t, "port", "")}, "is no serial port, but a file"},
		{[]string{"--keypad", "ttyS0"}, `"ttyS0" is no port`},
		{[]string{"--keypad", "/dev/ttyS9", "--display", "/dev//ttyS9"}, "'s already: a port has one device"},
		{[]string{"--printer", "192.0.2.7:high"}, "host:port"},
		{[]string{"--backup", missing}, "stick is not there"},
	} {
		file := filepath.Join(t.TempDir(), "till.yaml")
		code, out, talk := commandtest.Run(t, append([]string{"config", "init", file}, c.args...)...)
		if code != exit.Config || out != "" || !strings.Contains(talk, c.says) {
			t.Errorf("%q: exit %d, %s%s", c.args, code, out, talk)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%q left a file behind", c.args)
		}
	}
}

// At a terminal it asks, says why an answer cannot stand, and asks again.
func TestConfigInitAsks(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "till.yaml")
	cmd := exec.CommandContext(testkit.Within(t, 20*time.Second), executable, "config", "init", file)
	cmd.Env = append(os.Environ(), commandtest.Env+"=1", "LANG=de_DE.UTF-8", "LC_ALL=")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	backups := t.TempDir()
	for _, answer := range []string{"Germany", "XX", "DE", "", "Europe/Berlin", "tlh", "", "Corner \"shop\": 1",
		backups + "/none", backups, backups, "/dev/serial/by-id/usb-A", "/dev/serial/by-id/usb-A", "", "", "192.0.2.7", "192.0.2.7:9100"} {
		if _, err := terminal.WriteString(answer + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	said, _ := io.ReadAll(terminal) // ends with EIO when the command is gone
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, words := range []string{"[DE]", `"Germany" is no region`, `unknown region`, "[EUR]", `"tlh": one of en, tr`, "[en]", "/none is not there",
		"is no serial port, but a folder", "usb-A is the keypad's already", "nor host:port", "Customer display", "AGE-SECRET-KEY", "shown this once"} {
		if !strings.Contains(string(said), words) {
			t.Errorf("%q is not in:\n%s", words, said)
		}
	}
	got, err := configs.Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Region != "DE" || got.Currency != "EUR" || got.TimeZone != "Europe/Berlin" || len(got.Keypads) != 1 ||
		got.Backup.Target != backups || got.Backup.Recipient == "" || got.Store.Name != `Corner "shop": 1` || len(got.Scanners) != 0 || len(got.Displays) != 0 || got.Printers[0].Address != "192.0.2.7:9100" {
		t.Errorf("got %+v", got.Config)
	}
}

// Ports are known by the name that stays; where two adapters share a by-id
// name, by where they are plugged in.
func TestPorts(t *testing.T) {
	m := machinetest.New(t)
	machinetest.USB(t, m, "ttyUSB0", "1-1", "0403", "6001", "FTDI", "FT232R")
	machinetest.USB(t, m, "ttyUSB1", "1-2", "1a86", "7523", "", "USB Serial")
	machinetest.USB(t, m, "ttyUSB2", "1-3", "1a86", "7523", "", "USB Serial")
	machinetest.Link(t, m, "dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0", "../../ttyUSB0")
	machinetest.Link(t, m, "dev/serial/by-path/pci-0-usb-0:1:1.0-port0", "../../ttyUSB0")
	machinetest.Link(t, m, "dev/serial/by-id/usb-1a86_USB_Serial-if00-port0", "../../ttyUSB2")
	machinetest.Link(t, m, "dev/serial/by-path/pci-0-usb-0:2:1.0-port0", "../../ttyUSB1")
	machinetest.File(t, m, "sys/class/tty/ttyS0/device/uevent", "")
	machinetest.File(t, m, "sys/class/tty/ttyS0/type", "4\n")
	machinetest.File(t, m, "sys/class/tty/ttyS1/device/uevent", "")
	machinetest.File(t, m, "sys/class/tty/ttyS1/type", "0\n") // no hardware behind it
	machinetest.File(t, m, "sys/class/tty/tty1/uevent", "")   // a screen
	got, err := m.Ports()
	if err != nil {
		t.Fatal(err)
	}
	want := []machine.Port{
		{Path: "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0", Device: "/dev/ttyUSB2", What: "USB Serial", USB: "1a86:7523"},
		{Path: "/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0", Device: "/dev/ttyUSB0", What: "FTDI FT232R", USB: "0403:6001"},
		{Path: "/dev/serial/by-path/pci-0-usb-0:2:1.0-port0", Device: "/dev/ttyUSB1", What: "USB Serial", USB: "1a86:7523"},
		{Path: "/dev/ttyS0", Device: "/dev/ttyS0", What: "serial port", USB: ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A shop's country, zone, currency and language are guessed from what the machine says.
func TestGuesses(t *testing.T) {
	for _, c := range []struct{ zone, lang, region, currency, language, shown string }{
		{"Europe/Istanbul", "C.UTF-8", "TR", "TRY", "tr", "Europe/Istanbul"},
		{"America/New_York", "de_DE.UTF-8", "US", "USD", "en", "America/New_York"},
		{"Etc/UTC", "de_DE.UTF-8", "DE", "EUR", "de", ""},
		{"Etc/UTC", "C", "", "", "", ""},
	} {
		m := machinetest.New(t)
		machinetest.Link(t, m, "etc/localtime", "/usr/share/zoneinfo/"+c.zone)
		machinetest.File(t, m, "usr/share/zoneinfo/zone.tab", "# code\tplace\tzone\nTR\t+4101+02858\tEurope/Istanbul\nUS\t+404251-0740023\tAmerica/New_York\tEastern\n")
		zone := m.TimeZone()
		region := m.Region(zone, func(name string) string {
			if name == "LANG" {
				return c.lang
			}
			return ""
		})
		if zone != c.shown || region != c.region || machine.CurrencyOf(region) != c.currency || machine.LanguageOf(region) != c.language {
			t.Errorf("%s, %s: guessed %q %q %q %q", c.zone, c.lang, zone, region, machine.CurrencyOf(region), machine.LanguageOf(region))
		}
	}
}
