package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/offline"
)

func verifyCommand(c *console) *cobra.Command {
	var head, evidence string
	command := &cobra.Command{
		Use: "verify", Short: "Walk every hash and sum of a till or of headquarters; exit 1 if anything was changed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if evidence != "" {
				return c.verifyEvidence(evidence)
			}
			return c.verify(cmd.Context(), head)
		},
	}
	command.Flags().StringVar(&evidence, "evidence", "",
		"check this `file` of \"hq evidence\" instead, on any machine, and say what it proves; exit 1 if it proves nothing")
	command.Flags().StringVar(&head, "head", "",
		"a till's `head` as a day's paper has it: is it in the chain, and where; exit 1 if it is not")
	command.MarkFlagsMutuallyExclusive("head", "evidence")
	return command
}

// verified is `verify --json`.
type verified struct {
	Rows     int      `json:"rows"` // looked at: a till's entries, headquarters' entries and ledger rows
	Findings []string `json:"findings"`
	// Pruned are the rows of a till whose bodies are gone, because headquarters has
	// them in a backup.
	Pruned int `json:"pruned,omitempty"`
	// Head is where the head that was asked for is; null where none was, or it
	// is not in the chain.
	Head *foundHead `json:"head,omitempty"`
}

// changed is verify's answer where something was changed in a folder, or in a
// database that a server keeps.
func changed(server bool) error {
	if server {
		return exit.Fail(exit.Failed, "keep the database as it is, restore a backup of it beside, and have somebody look",
			errors.New("the database is not as it was written"))
	}
	return exit.Fail(exit.Failed, "keep the folder as it is and restore from headquarters or a backup",
		errors.New("the folder is not as it was written"))
}

func (c *console) verify(ctx context.Context, head string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	at, missing := findHead(ctx, config, head)
	if missing != nil && !errors.Is(missing, offline.ErrNoSuchHead) {
		return missing
	}
	found, err := verifyFolder(ctx, config, c.progress())
	if err != nil {
		return err
	}
	found.Head = at
	if c.json {
		err = c.print(found)
	} else {
		c.writeVerified(found)
	}
	if len(found.Findings) > 0 {
		return changed(datadir.HQOptions(config).Database != "" && datadir.Look(config.DataDir).PureHeadquarters())
	}
	if err == nil {
		err = missing
	}
	return err
}

// verifyFolder walks all that a folder has: a till, headquarters, or both.
func verifyFolder(ctx context.Context, config configs.Config, progress func(done, total int)) (verified, error) {
	f := datadir.Look(config.DataDir)
	if f.PureHeadquarters() {
		return verifyHeadquarters(ctx, config, progress)
	}
	found, err := verifyTill(ctx, config, progress)
	if err != nil || !f.Headquarters() {
		return found, err
	}
	own, err := verifyHeadquarters(ctx, config, progress)
	return verified{Rows: found.Rows + own.Rows, Pruned: found.Pruned, Findings: append(found.Findings, own.Findings...)}, err
}

func verifyTill(ctx context.Context, config configs.Config, progress func(done, total int)) (verified, error) {
	view, _, err := datadir.OpenView(ctx, config)
	if err != nil {
		return verified{}, err
	}
	defer view.Close()
	walked, err := view.Verify(ctx, progress)
	out := verified{Rows: walked.Entries, Pruned: walked.Pruned, Findings: []string{}}
	for _, finding := range walked.Findings {
		out.Findings = append(out.Findings, finding.String())
	}
	return out, err
}

func verifyHeadquarters(ctx context.Context, config configs.Config, progress func(done, total int)) (verified, error) {
	look, err := hq.OpenReadOnly(ctx, datadir.HQOptions(config))
	if err != nil {
		return verified{}, err
	}
	defer look.Close()
	out := verified{Findings: []string{}}
	total, err := look.Rows(ctx)
	if err != nil {
		return out, err
	}
	findings, err := look.Verify(ctx, func(done int) {
		out.Rows = done
		progress(min(done, total), total)
	})
	for _, finding := range findings {
		out.Findings = append(out.Findings, finding.String())
	}
	if err == nil {
		progress(total, total)
	}
	return out, err
}

func (c *console) writeVerified(v verified) {
	for _, finding := range v.Findings {
		fmt.Fprintln(c.out, finding)
	}
	fmt.Fprintf(c.out, "%s, %s\n", countOf(v.Rows, "row"), countOf(len(v.Findings), "finding"))
	if v.Pruned > 0 {
		fmt.Fprintf(c.out, "%d of them without their bodies, which headquarters has in a backup\n", v.Pruned)
	}
	if v.Head != nil {
		fmt.Fprintln(c.out, v.Head.words(len(v.Findings) == 0))
	}
}
