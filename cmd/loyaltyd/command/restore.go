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
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/keys"
)

func restoreCommand(c *console) *cobra.Command {
	var to, keyFile string
	var options backups.RestoreOptions
	command := &cobra.Command{
		Use: "restore FILE --to FOLDER", Short: "Put a backup into a new data folder, checked from end to end",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.restore(cmd.Context(), args[0], to, keyFile, options)
		},
	}
	command.Flags().StringVar(&to, "to", "", "the data `folder` to make; it must be empty or not there")
	command.Flags().StringVar(&keyFile, "key-file", "", "a `file` with the recovery key (default: asked for, or read from stdin)")
	command.Flags().StringVar(&options.Persons, "persons", "", "the `file` that opens it to people (default: the one beside it)")
	command.Flags().BoolVar(&options.WithoutPersons, "without-persons", false, "that file is lost: restore all else")
	return command
}

func (c *console) restore(ctx context.Context, file, to, keyFile string, options backups.RestoreOptions) error {
	if to == "" {
		return usage(errors.New("restore needs --to, a data folder to make"))
	}
	from, err := os.Open(file)
	if err != nil {
		return exit.Fail(exit.Usage, "name a file that `loyaltyd backup` made", err)
	}
	defer from.Close()
	place, err := backups.OpenRestoring(to)
	if err != nil {
		return err
	}
	defer place.Discard()
	if options.Key, err = c.recoveryKey(keyFile); err != nil {
		return err
	}
	manifest, err := place.Unpack(from, options.Key, c.watch("reading the backup"))
	if err != nil {
		return backups.CannotRestore(err, file)
	}
	if len(manifest.Parts) == 1 && manifest.Parts[0].Name == backups.PersonsPart {
		return exit.Fail(exit.Data, "name a backup that lies beside it", fmt.Errorf("%s opens backups to people, and is none", file))
	}
	unreadable, err := place.JoinPersons(ctx, file, options, manifest)
	if err != nil {
		return fmt.Errorf("restore %s: %w", file, err)
	}
	done, err := place.Revive(ctx, manifest, c.watch)
	if err != nil {
		return fmt.Errorf("restore %s: %w", file, err)
	}
	done.Unreadable = unreadable
	if err := place.Commit(); err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	c.tellRestored(done, manifest)
	return nil
}

// recoveryKey gets the key from a file, from who sits at the terminal, or from
// stdin: never from the command line, which others can see.
func (c *console) recoveryKey(file string) (keys.Identity, error) {
	text, err := c.readRecoveryKey(file)
	if err != nil {
		return keys.Identity{}, err
	}
	key, err := keys.ParseTyped(text)
	if err != nil {
		return key, exit.Fail(exit.Data, "it begins with AGE-SECRET-KEY-1 and has 74 letters and digits; its last ones catch typing errors",
			errors.New("that is no recovery key"))
	}
	return key, nil
}

func (c *console) readRecoveryKey(file string) (string, error) {
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", exit.Fail(exit.Usage, "name a file with the recovery key in it", err)
		}
		return uncommented(string(text)), nil
	}
	if in, sits := c.keyboard(); sits {
		fmt.Fprint(c.talk, "recovery key (it is not shown): ")
		defer fmt.Fprintln(c.talk)
		return c.readHidden(in)
	}
	text, err := io.ReadAll(io.LimitReader(c.typed, maxLine))
	return uncommented(string(text)), err
}

// uncommented leaves out the comments that age-keygen writes.
func uncommented(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// tellRestored says what is where, and what to do now.
func (c *console) tellRestored(r backups.Restored, m backup.Manifest) {
	fmt.Fprintln(c.out, r.Folder)
	t := c.talk
	fmt.Fprintf(t, "restored the backup of %s; it is now %s\n",
		stamp.At(r.At, time.Local), stamp.At(time.Now(), time.Local))
	if r.Findings > 0 {
		fmt.Fprintf(t, "the backup has %d findings that were there when it was made: see `loyaltyd verify`\n", r.Findings)
	}
	if r.Unreadable > 0 {
		fmt.Fprintf(t, "%d members have neither number nor name any more: tills that know them find them still\n", r.Unreadable)
	}
	fmt.Fprintln(t, "\nThe old machine must stay off, or be emptied: two with one id are found out, and shut out for ever.")
	switch {
	case m.Headquarters == nil:
		fmt.Fprintln(t, "Headquarters has what this till sent since; what it had not sent is lost.")
	case m.Headquarters.Terminals == 1 && m.Terminal != nil:
		fmt.Fprintln(t, "What happened since the backup is lost.")
	default:
		fmt.Fprintf(t, "What the other tills did since comes back by itself as each says hello; what only this machine knew is lost.\n"+
			"Until all tills (%d) are heard, or 30 days passed, no new points are set aside at tills: see `loyaltyd hq restored`.\n"+
			"A till that joined after the backup is not known any more: `loyaltyd hq code`, and `loyaltyd enroll CODE` in its own folder.\n"+
			"If this machine has another address, set headquarters.url to it in the configuration of each other till.\n",
			m.Headquarters.Terminals)
	}
	for _, file := range r.Config {
		fmt.Fprintf(t, "Its configuration is %s: look at data_dir and the devices, then put it into %s\n", file, filepath.Dir(systemFiles))
	}
	if m.Terminal != nil {
		fmt.Fprintf(t, "Then: loyaltyd run --data %s\n", r.Folder)
	} else {
		fmt.Fprintf(t, "Then: loyaltyd hq --data %s\n", r.Folder)
	}
}
