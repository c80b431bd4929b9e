package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/keys"
)

func backupCommand(c *console) *cobra.Command {
	var to string
	command := &cobra.Command{
		Use: "backup [--to FILE|FOLDER]", Short: "All that this till or headquarters is, in one encrypted file",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.backup(cmd.Context(), to) },
	}
	command.Flags().StringVar(&to, "to", "", "a folder, or the name of a new `file` (default backup.target)")
	command.AddCommand(backupInitCommand(c))
	return command
}

// BackedUp is `backup --json`.
type BackedUp struct {
	File     string    `json:"file"`
	Bytes    int64     `json:"size_bytes"`
	SHA256   string    `json:"sha256"`
	At       time.Time `json:"at"`
	SameDisk bool      `json:"same_disk"`
	Findings int       `json:"findings"`
}

func (c *console) backup(ctx context.Context, to string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	files, err := c.configFiles()
	if err != nil {
		return err
	}
	made, err := backups.Make(ctx, config, files, to, c.watch)
	if err != nil {
		return err
	}
	if made.Copy != nil {
		if _, err := backups.NoteCopy(ctx, config, *made.Copy); err != nil {
			fmt.Fprintf(c.talk, "headquarters was not told of it, so tills hear of the next one: %v\n", err)
		}
	}
	if c.json {
		return c.print(BackedUp{made.Path, made.Size, made.Hash.String(), made.At, made.SameDisk, made.Findings})
	}
	fmt.Fprintln(c.out, made.Path)
	fmt.Fprintf(c.talk, "%d bytes, read back and found whole\n", made.Size)
	if n := len(made.Persons); n > 0 {
		fmt.Fprintf(c.talk, "%s opens it to people: where you copy the one, copy the other, and over the one before\n", made.Persons[n-1])
	}
	if made.SameDisk {
		fmt.Fprintln(c.talk, "it lies on the same disk as the data: copy it to another one")
	}
	if made.Findings > 0 {
		fmt.Fprintf(c.talk, "the data has %d findings of its own, which are in the backup too: see `loyaltyd verify`\n", made.Findings)
	}
	return nil
}

func backupInitCommand(c *console) *cobra.Command {
	var target string
	var replace bool
	command := &cobra.Command{
		Use: "init", Short: "Make the recovery key, shown once; its public half goes into the configuration", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.backupInit(target, replace) },
	}
	command.Flags().StringVar(&target, "target", "", "the `folder` that daily backups go to, on another disk")
	command.Flags().BoolVar(&replace, "replace", false, "make another key; older backups still need the old one")
	return command
}

func (c *console) backupInit(target string, replace bool) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if config.Backup.Recipient != "" && !replace {
		return exit.Fail(exit.Data, "if the recovery key is lost, make another with --replace",
			errors.New("there is a recovery key: backup.recipient is set"))
	}
	if target != "" {
		if err := backups.MayWriteTo(target, true, config.DataDir, backups.Record{}); err != nil {
			return err
		}
		if target, err = filepath.Abs(target); err != nil {
			return err
		}
		if hint, err := backups.DaemonMayWrite(target, config.DataDir); err != nil {
			return exit.Fail(exit.Permission, hint, err)
		}
	}
	file, err := c.fileToChange()
	if err != nil {
		return err
	}
	key, err := newRecoveryKey()
	if err != nil {
		return err
	}
	values := [][2]string{{"backup.recipient", key.Recipient()}}
	if target != "" {
		values = append(values, [2]string{"backup.target", target})
	}
	if err := changeConfig(file, values); err != nil {
		return exit.Fail(exit.Config, "", err)
	}
	return c.tellRecoveryKey(key, file)
}

// newRecoveryKey makes the key that alone opens backups.
func newRecoveryKey() (keys.Identity, error) { return keys.NewIdentity() }

// tellRecoveryKey shows the key, this once.
func (c *console) tellRecoveryKey(key keys.Identity, file string) error {
	if c.json {
		return c.print(map[string]string{"recovery_key": key.Reveal(), "recipient": key.Recipient(), "config": file})
	}
	fmt.Fprintln(c.out, key.Reveal())
	fmt.Fprint(c.talk, recoveryWords)
	fmt.Fprintf(c.talk, "Its public half stands in %s. A running daemon takes it at its next start.\n", file)
	return nil
}

const recoveryWords = `
This is the recovery key. It is shown this once and kept nowhere.
Write it on paper, or print it, twice. Keep both away from this machine and
from the backups: whoever has the key and a backup has the shop's customers.
Without the key no backup can be opened, by nobody.
`

// fileToChange is the configuration file that a command may write: the one
// named, the only one there, or one of its own beside several.
func (c *console) fileToChange() (string, error) {
	files, err := c.configFiles()
	if err != nil {
		return "", err
	}
	switch {
	case len(files) == 1:
		return files[0], nil
	case len(c.files) > 1:
		return "", usage(errors.New("several files were named with --config: name the one to change"))
	}
	return filepath.Join(filepath.Dir(systemFiles), "backup.yaml"), nil
}

// changeConfig puts texts into a configuration file, in one step.
func changeConfig(path string, values [][2]string) error {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	for _, v := range values {
		if text, err = configs.SetText(text, v[0], v[1]); err != nil {
			return fmt.Errorf("change %s: %w", path, err)
		}
	}
	next := strings.TrimSuffix(path, ".yaml") + ".new"
	if err := errors.Join(os.WriteFile(next, text, mode), os.Chmod(next, mode)); err != nil {
		return err // the umask would keep it from the daemon, which is another user
	}
	if _, err := configs.Load([]string{next}, nil); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return os.Rename(next, path)
}

// writeBackup says how backups stand; what is wrong in red.
func (c *console) writeBackup(s backups.Status) {
	if alarm := s.Alarm(c.zone); alarm != "" {
		fmt.Fprintln(c.out, red(c.out, alarm))
		return
	}
	for _, line := range s.Lines(c.zone) {
		fmt.Fprintln(c.out, line)
	}
}

// red colors a text where a person reads it.
func red(w io.Writer, text string) string {
	if isTerminal(w) {
		return "\x1b[31m" + text + "\x1b[0m"
	}
	return text
}
