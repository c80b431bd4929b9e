package command

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func memberImportCommand(c *console) *cobra.Command {
	var asked headquarters.ImportRequest
	var stdin bool
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Take in members and what they have from another system; a running headquarters does it",
		Long: `Reads a CSV file with a header: phone, and as far as there is more card, name, birth_month, joined, earned_on, and a column
for each unit of the program (points). A line is a member; nothing in a cell says nothing. Dates are written 2026-11-22,
amounts as they are counted (1250), money with its decimals (12.50).

All of it is looked at first, and what is wrong is told line by line; as long as anything is, nothing is taken in. With
--dry-run that is all. What a member brings is there at once, is an entry of its own, and ends as units that were earned on
earned_on do, or on the day of the import where the file has none. Whoever is known keeps what she has and what she said of
herself. The same file again changes nothing, also where the first time was cut short; a balance that was imported before
from another file is not imported twice.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.memberImport(cmd.Context(), args[0], asked, stdin)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&asked.Try, "dry-run", false, "say what would become of it, and what is wrong in which line")
	flags.StringVar(&asked.Program, "program", "", "`id` of the program whose units they are (needed where the chain has several)")
	flags.StringVar(&asked.Manager, "manager", "", "`id` of the manager who approves it")
	pinStdin(command, &stdin)
	return command
}

func (c *console) memberImport(ctx context.Context, path string, asked headquarters.ImportRequest, stdin bool) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	file, err := openRoster(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if !asked.Try && asked.Manager != "" {
		if asked.PIN, err = c.readPIN(asked.Manager, stdin); err != nil {
			return err
		}
	}
	dry := asked
	dry.Try, dry.PIN = true, ""
	done, err := c.sendRoster(ctx, config.DataDir, file, dry)
	if err == nil && !asked.Try && done.Lines > 0 && len(done.Wrong) == 0 {
		done, err = c.sendRoster(ctx, config.DataDir, file, asked)
	}
	if err == nil && done.Lines == 0 && len(done.Wrong) == 0 {
		err = exit.Fail(exit.Data, "name the file that has the members", errors.New("the file has no line with a member"))
	}
	if err != nil {
		return err
	}
	if c.json {
		err = c.print(done)
	} else {
		c.writeImported(done)
	}
	if err == nil && len(done.Wrong) > 0 {
		return exit.Fail(exit.Data, "mend the lines, or take them out", errors.New(refusal(done)))
	}
	return err
}

// refusal is what problems mean for the file.
func refusal(i headquarters.Imported) string {
	if i.Tried {
		return "the file is not imported as long as anything is wrong in it"
	}
	return "what was right was imported; these lines became wrong after they were looked at"
}

// rosterFile is a file to be imported.
type rosterFile struct {
	*os.File
	hash  ledger.Hash
	bytes int
}

func openRoster(path string) (*rosterFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, exit.Fail(exit.Usage, "name a CSV file", err)
	}
	whole := sha256.New()
	n, err := io.Copy(whole, file)
	if err != nil {
		if errors.Is(err, syscall.EISDIR) {
			return nil, errors.Join(exit.Fail(exit.Usage, "name a CSV file", err), file.Close())
		}
		return nil, errors.Join(exit.Fail(exit.IO, "", err), file.Close())
	}
	opened := &rosterFile{File: file, bytes: int(n)}
	copy(opened.hash[:], whole.Sum(nil))
	return opened, nil
}

// sendRoster gives a file to headquarters, and shows how far that has read it.
func (c *console) sendRoster(ctx context.Context, dir string, file *rosterFile, asked headquarters.ImportRequest) (done headquarters.Imported, err error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return done, exit.Fail(exit.Usage, "name a file, not a pipe: it is read twice", err)
	}
	asked.File = file.hash
	read := 0
	bar := c.progress()
	watched := watchedReader{file.File, func(n int) {
		read += n
		bar(min(read, file.bytes), file.bytes)
	}}
	err = desk.AskWith(ctx, dir, "/hq/import", asked, watched, &done)
	if asked.Try {
		return done, exit.OnInterrupt(err, "nothing was taken in: it was only looked at")
	}
	return done, exit.OnInterrupt(err, "import the same file again: what was taken in stays, once")
}

// watchedReader tells how much was read. It hides what else a file can do.
type watchedReader struct {
	file io.Reader
	told func(n int)
}

func (w watchedReader) Read(p []byte) (int, error) {
	n, err := w.file.Read(p)
	w.told(n)
	return n, err
}

func (c *console) writeImported(done headquarters.Imported) {
	for _, problem := range done.Wrong {
		fmt.Fprintln(c.out, problem)
	}
	if done.More > 0 {
		fmt.Fprintf(c.out, "and %s more\n", countOf(done.More, "problem"))
	}
	verb := "imported"
	if done.Tried {
		verb = "would import"
	}
	var sums []string
	for _, unit := range done.Units {
		sums = append(sums, unit.Words)
	}
	with := "nothing"
	if len(sums) > 0 {
		with = strings.Join(sums, ", ")
	}
	fmt.Fprintf(c.out, "%s: %s %s and %d known with %s; %d imported before, %s\n",
		countOf(done.Lines, "line"), verb, countOf(done.New, "new member"), done.Known, with, done.Stood, countOf(len(done.Wrong)+done.More, "problem"))
}
