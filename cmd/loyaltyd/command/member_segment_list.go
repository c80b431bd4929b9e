package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
)

func segmentListCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "list [SEGMENT]",
		Short: "The segments there are, or who is in one, since when and why; also beside a running headquarters",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := c.config()
			if err != nil {
				return err
			}
			if !datadir.Look(config.DataDir).Headquarters() {
				return exit.Fail(exit.Unavailable, "run it where the chain's headquarters is", errors.New("this till knows no segment as a whole"))
			}
			look, err := hq.OpenReadOnly(cmd.Context(), datadir.HQOptions(config))
			if err != nil {
				return err
			}
			defer look.Close()
			if len(args) == 0 {
				return c.listSegments(cmd.Context(), look)
			}
			return c.listSegment(cmd.Context(), look, args[0])
		},
	}
}

func (c *console) listSegments(ctx context.Context, look *hq.Look) error {
	sizes, err := look.Segments(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(append([]inquiry.SegmentSize{}, sizes...))
	}
	for _, s := range sizes {
		fmt.Fprintf(c.out, "%8d  %s\n", s.Members, s.Segment)
	}
	return nil
}

func (c *console) listSegment(ctx context.Context, look *hq.Look, segment string) error {
	all := []inquiry.SegmentMember{}
	err := look.SegmentMembers(ctx, segment, func(m inquiry.SegmentMember) error {
		if c.json {
			all = append(all, m)
			return nil
		}
		_, err := fmt.Fprintf(c.out, "%s  %s  since %s by %s: %s\n",
			m.Account, m.Name, m.Since.Time().In(c.zone).Format(time.DateOnly), m.Operator, m.Reason)
		return err
	})
	if err != nil || !c.json {
		return err
	}
	return c.print(all)
}
