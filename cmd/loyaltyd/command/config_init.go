package command

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// initFile is where `config init` writes if nothing else is named.
const initFile = "/etc/loyaltyd/loyaltyd.yaml"

func configInitCommand(c *console) *cobra.Command {
	answers := answers{values: map[string]*string{}, ports: map[string]*string{}}
	command := &cobra.Command{
		Use: "init [FILE]", Short: "Write a configuration: asks in a terminal, takes flags and defaults elsewhere; overwrites nothing",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.configInit(cmp.Or(strings.Join(append(args, c.files...), ","), initFile), answers)
		},
	}
	flags := command.Flags()
	for _, q := range questions {
		answers.values[q.key] = flags.String(q.flag, "", q.text)
	}
	for _, d := range deviceLists {
		answers.ports[d.list] = flags.String(d.name, "", d.text+": `port`"+d.orAddress())
	}
	return command
}

// answers are what was asked or given by flags; empty where neither.
type answers struct {
	values map[string]*string // by key
	ports  map[string]*string // by list
}

// question is one value that differs between shops.
type question struct{ key, flag, text string }

var questions = []question{
	{"region", "region", "Country of phone numbers without a code, two `letters`"},
	{"currency", "currency", "Currency, three `letters`"},
	{"time_zone", "time-zone", "Time `zone`"},
	{"language", "language", "Language of display and receipts, `" + strings.Join(loyalty.LanguageCodes(), " or ") + "`"},
	{"store.name", "store-name", "Store's `name` on receipts"},
	{"backup.target", "backup", "`Folder` on another disk for daily backups"},
}

// deviceList is a kind of device that a shop may have one of at first.
type deviceList struct {
	list, name, text string
	network          bool // may have an address in place of a port
}

var deviceLists = []deviceList{
	{"keypads", "keypad", "Keypad", false},
	{"scanners", "scanner", "Scanner", true},
	{"displays", "display", "Customer display", false},
	{"printers", "printer", "Receipt printer", true},
}

func (d deviceList) orAddress() string {
	if d.network {
		return " or host:9100"
	}
	return ""
}

func (c *console) configInit(path string, given answers) error {
	if _, err := os.Lstat(path); err == nil {
		return exit.Fail(exit.Data, "change it with an editor, or name another file",
			fmt.Errorf("%s stands already and is left as it is", path))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := given.check(machine.This); err != nil {
		return err
	}
	if _, sits := c.keyboard(); sits {
		a := &asker{in: bufio.NewReader(c.typed), out: c.talk, machine: machine.This}
		fmt.Fprintf(c.talk, "This writes %s. ENTER takes what stands in brackets.\n\n", path)
		if err := a.ask(given); err != nil {
			return exit.Fail(exit.Usage, "nothing was written", err)
		}
	}
	draft, err := given.draft()
	if err != nil {
		return err
	}
	if err := c.placeIn(draft); err != nil {
		return err
	}
	recovery, err := given.recovery(draft)
	if err != nil {
		return err
	}
	if err := writeNew(path, draft.Bytes()); err != nil {
		return err
	}
	if _, err := configs.Load([]string{path}, nil); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	if recovery != nil {
		err = c.tellRecoveryKey(*recovery, path)
	} else {
		fmt.Fprintf(c.talk, "%s is written. Every key is explained in it; `loyaltyd config check` says whether a change is right.\n", path)
	}
	for _, remark := range given.absent(machine.This) {
		fmt.Fprintln(c.talk, remark)
	}
	fmt.Fprintln(c.talk, nextAfterInit(path))
	return err
}

// nextAfterInit says which command comes next.
func nextAfterInit(path string) string {
	if path == initFile {
		return "Next: `sudo systemctl enable --now loyaltyd` starts the till; `sudo loyaltyd doctor` says what is not right yet."
	}
	return fmt.Sprintf("Next: `loyaltyd run --config %s` starts the till; `loyaltyd doctor --config %[1]s` says what is not right yet.", path)
}

// placeIn writes --data and --database, which count for every command, for those
// that come after this one.
func (c *console) placeIn(draft *configs.Draft) error {
	if c.dataDir != "" {
		dir, err := filepath.Abs(c.dataDir)
		if err != nil {
			return err
		}
		if err := draft.Set("data_dir", dir); err != nil {
			return err
		}
	}
	if c.database == "" {
		return nil
	}
	return draft.Set("hq.database", c.database)
}

// draft puts the answers into the sample.
func (a answers) draft() (*configs.Draft, error) {
	draft := configs.NewDraft()
	for _, q := range questions {
		if value := *a.values[q.key]; value != "" {
			if err := draft.Set(q.key, value); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range deviceLists {
		port := *a.ports[d.list]
		if port == "" {
			continue
		}
		where := "port"
		if d.network && !strings.HasPrefix(port, "/") {
			where = "address"
		}
		if err := draft.Add(d.list, configs.Field{Name: "name", Value: d.name}, configs.Field{Name: where, Value: port}); err != nil {
			return nil, err
		}
	}
	return draft, nil
}

// recovery makes the key that opens backups where there will be some; nil where
// there will not.
func (a answers) recovery(draft *configs.Draft) (*keys.Identity, error) {
	if *a.values["backup.target"] == "" {
		return nil, nil
	}
	key, err := newRecoveryKey()
	if err != nil {
		return nil, err
	}
	return &key, draft.Set("backup.recipient", key.Recipient())
}

// writeNew writes a file that is not there yet, for every user to read: it
// holds no secret, and the daemon is another user.
func writeNew(path string, text []byte) (err error) {
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := errors.Join(os.Mkdir(folder, 0o755), os.Chmod(folder, 0o755)); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
}

// asker asks a person at a terminal.
type asker struct {
	in      *bufio.Reader
	out     io.Writer
	machine machine.Machine
}

// ask fills in what no flag gave.
func (a *asker) ask(given answers) error {
	zone := a.machine.TimeZone()
	guesses := map[string]string{"time_zone": zone, "region": a.machine.Region(zone, os.Getenv)}
	defaults := map[string]string{}
	for _, v := range (configs.Loaded{Config: configs.Default()}).Values() {
		defaults[v.Key] = v.Value
	}
	for _, q := range questions {
		if *given.values[q.key] != "" {
			continue
		}
		guess := guesses[q.key]
		switch q.key {
		case "currency":
			guess = machine.CurrencyOf(*given.values["region"])
		case "language":
			guess = counterLanguage(machine.LanguageOf(*given.values["region"]))
		}
		answer, err := a.value(q, cmp.Or(guess, defaults[q.key]))
		if err != nil {
			return err
		}
		*given.values[q.key] = answer
	}
	return a.askPorts(given)
}

// counterLanguage is a language that counters speak; empty where they do not.
func counterLanguage(code string) string {
	if _, err := loyalty.ParseLanguage(code); err != nil {
		return ""
	}
	return code
}

// value asks until the answer can stand.
func (a *asker) value(q question, proposed string) (string, error) {
	for {
		line, err := a.line("%s [%s]: ", strings.ReplaceAll(q.text, "`", ""), cmp.Or(proposed, "none"))
		if err != nil {
			return "", err
		}
		answer := cmp.Or(line, proposed)
		_, err = configs.Load(nil, map[string]string{q.key: answer})
		if wrong, ok := errors.AsType[*configs.Error](err); ok {
			fmt.Fprintf(a.out, "  %s\n", wrong.Problems[0].Text)
			continue
		}
		if err := refuseValue(q.key, answer); err != nil {
			a.refuse(err)
			continue
		}
		return answer, err
	}
}

func (a *asker) askPorts(given answers) error {
	ports, err := a.machine.Ports()
	if err != nil {
		ports = nil // a machine that shows none can still be told a path
	}
	if len(ports) == 0 {
		fmt.Fprintln(a.out, "\nNothing is plugged in; devices can be written into the file later.")
	} else {
		fmt.Fprintln(a.out, "\nPorts:")
	}
	for i, port := range ports {
		fmt.Fprintf(a.out, "  %d  %s  (%s)\n", i+1, port.Path, port.What)
	}
	for _, d := range deviceLists {
		if *given.ports[d.list] != "" {
			continue
		}
		if *given.ports[d.list], err = a.port(d, ports, given); err != nil {
			return err
		}
	}
	return nil
}

// port asks for a port by its number in the list, or by its name.
func (a *asker) port(d deviceList, ports []machine.Port, given answers) (string, error) {
	for {
		line, err := a.line("%s, number or path%s [none]: ", d.text, d.orAddress())
		if err != nil || line == "" {
			return "", err
		}
		if n, err := strconv.Atoi(line); err == nil {
			if n < 1 || n > len(ports) {
				fmt.Fprintf(a.out, "  there are ports 1 to %d\n", len(ports))
				continue
			}
			line = ports[n-1].Path
		}
		if err := given.refusePort(a.machine, d, line); err != nil {
			a.refuse(err)
			continue
		}
		return line, nil
	}
}

// refuse says why an answer cannot stand, and what to do.
func (a *asker) refuse(err error) {
	fmt.Fprintf(a.out, "  %v\n", err)
	if hint := exit.Hint(err); hint != "" {
		fmt.Fprintf(a.out, "  %s\n", hint)
	}
}

// line asks and reads one line.
func (a *asker) line(format string, args ...any) (string, error) {
	fmt.Fprintf(a.out, format, args...)
	line, err := a.in.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}
