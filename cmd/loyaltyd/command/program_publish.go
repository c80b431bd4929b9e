package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/programtext"
)

func programPublishCommand(c *console) *cobra.Command {
	var yes, another bool
	command := &cobra.Command{
		Use:   "publish FILE",
		Short: "Publish the next version of a program, and tell it to every till of its stores",
		Long: `Asks the headquarters that runs on the data folder to publish a version of its program. What it changes for members is
told before it is asked whether to publish it. Members have to be told in time: a version that begins too soon is refused,
as is one that is wrong in any way, and the exit code is 65. Tills hear of it the next time they reach headquarters, and
begin on its day without being asked again.

A chain may have further programs, each with its currency and its stores: --another publishes the first version of one, and
"hq store set" gives it to a store.`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: programFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.programPublish(cmd.Context(), args[0], another, yes)
		},
	}
	command.Flags().BoolVar(&yes, "yes", false, "publish without asking")
	command.Flags().BoolVar(&another, "another", false, "publish a further program, beside those that the chain has")
	return command
}

func (c *console) programPublish(ctx context.Context, file string, another, yes bool) error {
	source, err := os.ReadFile(file)
	if err != nil {
		return exit.Fail(exit.Usage, "name the program's YAML file", err)
	}
	config, err := c.config()
	if err != nil {
		return err
	}
	ask := func(request headquarters.PublishRequest) (answer headquarters.PublishAnswer, err error) {
		return answer, desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/programs", request, &answer)
	}
	request := headquarters.PublishRequest{Name: filepath.Base(file), Source: source, Ask: true, Another: another}
	answer, err := ask(request)
	if err != nil {
		return err
	}
	if answer.Known {
		return c.tellPublication(answer, "is published already")
	}
	if !yes {
		c.writePreview(answer)
		if err := c.confirm(fmt.Sprintf("Publish version %d of %s?", answer.Version, answer.Program)); err != nil {
			return err
		}
	}
	request.Ask = false
	if answer, err = ask(request); err != nil {
		return err
	}
	if another && !c.json {
		fmt.Fprintf(c.talk, "No store has it yet: `loyaltyd hq store set STORE --program %s` gives it to one, at once.\n", answer.Program)
	}
	return c.tellPublication(answer, "is published")
}

func (c *console) writePreview(answer headquarters.PublishAnswer) {
	if answer.Change == nil {
		fmt.Fprintf(c.talk, "%s, version %d, is the first of its program.\n\n", answer.Program, answer.Version)
		return
	}
	fmt.Fprintln(c.talk, programtext.Difference(*answer.Change))
}

func (c *console) tellPublication(answer headquarters.PublishAnswer, what string) error {
	if c.json {
		return c.print(answer)
	}
	_, err := fmt.Fprintf(c.out, "version %d of %s %s\n", answer.Version, answer.Program, what)
	return err
}

// confirm asks a person; an error where the answer is no, or nobody is there.
func (c *console) confirm(question string) error {
	if _, sits := c.keyboard(); !sits {
		return usage(errors.New("nobody can be asked here: give --yes"))
	}
	fmt.Fprintf(c.talk, "%s [y/N] ", question)
	line, err := c.readLine() // an end of input is a no
	if err != nil {
		return err
	}
	if answer := strings.ToLower(line); answer != "y" && answer != "yes" {
		return exit.Fail(exit.Failed, "", errors.New("nothing was done"))
	}
	return nil
}
