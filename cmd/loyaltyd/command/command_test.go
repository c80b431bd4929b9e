package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Wrong configuration ends with 78, the place and what was meant.
func TestWrongConfigurationIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, text, env string
		says            []string
	}{
		{"a wrong key", "api:\n  lisen: 127.0.0.1:1\n", "", []string{"till.yaml:2:3", "lisen", "listen"}},
		{"a bare duration", "standalone:\n  idle_timeout: 15\n", "", []string{"till.yaml:2:17", "15 has no unit", "15s"}},
		{"a misspelt variable", "", "LOYALTYD_DATADIR", []string{"LOYALTYD_DATADIR", "LOYALTYD_DATA_DIR"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "till.yaml")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.env != "" {
				t.Setenv(c.env, "x")
			}
			for _, verb := range []string{"run", "hq", "status", "verify"} {
				code, _, talk := commandtest.Run(t, verb, "--config", file)
				if code != exit.Config {
					t.Errorf("%s: exit %d, want %d: %s", verb, code, exit.Config, talk)
				}
				for _, words := range c.says {
					if !strings.Contains(talk, words) {
						t.Errorf("%s says %q, want %q in it", verb, talk, words)
					}
				}
			}
		})
	}
}

// Each way to be refused has the exit code of sysexits(3), and says what to do.
func TestExitCodes(t *testing.T) {
	empty, locked := t.TempDir(), t.TempDir()
	for _, dir := range []string{empty, locked} {
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := sqlitedb.LockFolder(locked)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	open := t.TempDir()
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "empty.yaml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	till, hq, retired := testkit.Private(t), testkit.Private(t), testkit.Private(t)
	missing := filepath.Join(t.TempDir(), "missing")
	for _, path := range []string{filepath.Join(till, "key"), filepath.Join(hq, "hq.key"), filepath.Join(retired, "hq.db.retired")} {
		if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys := testkit.Private(t)
	if _, err := keyring.Make(keys); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"hq", "terminals", "--data", keys}, exit.Unavailable, "PostgreSQL database with --database"},
		{[]string{"hq", "--data", till}, exit.Config, "till's folder"},
		{[]string{"run", "--data", hq}, exit.Config, "headquarters' folder"},
		{[]string{"run", "--data", till}, exit.Config, "restore the key file"},
		{[]string{"version"}, exit.OK, ""},
		{[]string{"fly"}, exit.Usage, "unknown command \"fly\" for \"loyaltyd\"\nloyaltyd: hint: see `loyaltyd --help`\n"},
		{[]string{"statsu"}, exit.Usage, `: did you mean "status"?`},
		{[]string{"hq", "stroes"}, exit.Usage, `unknown command "stroes" for "loyaltyd hq": did you mean "stores"?`},
		{[]string{"run", "--fast"}, exit.Usage, "unknown flag: --fast\nloyaltyd: hint: see `loyaltyd run --help`\n"},
		{[]string{"hq", "code", "--stroe", "1"}, exit.Usage, `unknown flag: --stroe: did you mean "--store"?`},
		{[]string{"status", "--jsn"}, exit.Usage, `unknown flag: --jsn: did you mean "--json"?`},
		{[]string{"run", "-x"}, exit.Usage, "unknown shorthand flag: 'x' in -x\n"},
		{[]string{"member", "show"}, exit.Usage, "0 arguments given, want: loyaltyd member show NUMBER\nloyaltyd: hint: see `loyaltyd member show --help`\n"},
		{[]string{"status", "now"}, exit.Usage, "1 argument given, want: loyaltyd status\n"},
		{[]string{"hq", "code", "--data", empty}, exit.Usage, "--name"},
		{[]string{"hq", "code", "--name", "Till 2", "--data", empty}, exit.Unavailable, "loyaltyd run"},
		{[]string{"status", "--data", empty}, exit.Config, "loyaltyd enroll"},
		{[]string{"run", "--data", locked}, exit.Locked, "another loyaltyd"},
		{[]string{"hq", "--data", locked}, exit.Locked, "another loyaltyd"},
		{[]string{"hq", "--data", open}, exit.Permission, "chmod 700"},
		{[]string{"hq", "status", "--data", empty}, exit.Unavailable, "loyaltyd hq"},
		{[]string{"enroll", "--data", empty}, exit.Usage, "loyaltyd hq code --name"},
		{[]string{"enroll", "two", "words", "--data", empty}, exit.Usage, "between quotes"},
		{[]string{"enroll", "nonsense", "--data", empty}, exit.Data, "https://host:port/#fingerprint.secret"},
		{[]string{"enroll", "https://127.0.0.1:1/#aaaa.bbbb", "--data", empty}, exit.Unavailable, "may be repeated"},
		{[]string{"hq", "terminals", "--data", till}, exit.Unavailable, "till's folder: it knows only its own part"},
		{[]string{"hq", "terminals", "--data", locked}, exit.Unavailable, "holds no headquarters"},
		{[]string{"hq", "terminals", "--data", retired}, exit.Unavailable, "retired"},
		{[]string{"hq", "rebuild", "--data", locked}, exit.Unavailable, "holds no headquarters"},
		{[]string{"verify", "--data", retired}, exit.Config, "retired"},
		{[]string{"run", "--data", retired}, exit.Config, "a folder of its own"},
		{[]string{"run", "--data", locked}, exit.Locked, "stop that daemon first"},
		{[]string{"sync", "now", "--data", missing}, exit.Config, "is not there"},
		{[]string{"run", "--data", config}, exit.Config, "not a directory"},
		{[]string{"operator", "add", "9", "--name", "Zeynep", "--role", "boss", "--data", empty}, exit.Usage, "cashier or manager"},
		{[]string{"hub", "status", "--data", empty}, exit.Config, "loyaltyd hq code --hub"},
		{[]string{"hub", "--data", empty}, exit.Config, "loyaltyd hq code --hub"},
		{[]string{"devices", "test", "/dev/ttyUSB9"}, exit.Usage, "/dev/ttyUSB9 is a port: what is plugged in there?\nloyaltyd: hint: say --as scanner, keypad, display or printer\n"},
		{[]string{"devices", "test", "/dev/ttyUSB9", "--as", "mouse"}, exit.Usage, `--as "mouse" is no kind of device`},
		{[]string{"demo", "--check", empty}, exit.Usage, "name a folder that `loyaltyd demo` left"},
		{[]string{"hq", "evidence", "Till 1", "--data", empty}, exit.Usage, "needs --day"},
		{[]string{"verify", "--config", "/nowhere.yaml"}, exit.Config, "/nowhere.yaml"},
	} {
		code, _, talk := commandtest.Run(t, append(c.args, "--config", config)...)
		if strings.Contains(strings.Join(c.args, " "), "--config") {
			code, _, talk = commandtest.Run(t, c.args...)
		}
		if code != c.code || !strings.Contains(talk, c.says) {
			t.Errorf("%v: exit %d and %q, want %d and %q in it", c.args, code, talk, c.code, c.says)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a folder was made by what only asks")
	}
}
