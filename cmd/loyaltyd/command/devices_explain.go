package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func devicesExplainCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "explain CODE", Short: "What a scanned code is taken for here, by which rule, and who gets it", Args: cobra.ExactArgs(1),
		Long: `Says what a code is taken for, by the rules of this till's configuration, as if a scanner had sent it.

CODE is what the scanner sends, in quotes, with the symbology identifier in front if it sends one, as in ']C180185201234…';
<GS> stands for the byte that ends a GS1 element.`,
		RunE: func(_ *cobra.Command, args []string) error { return c.devicesExplain(args[0]) },
	}
}

// explained is the answer of `devices explain`.
type explained struct {
	Kind   route.Kind `json:"kind"`
	Value  string     `json:"value,omitempty"`
	Why    string     `json:"why"`
	For    string     `json:"for"` // who makes something of it
	Symbol string     `json:"aim,omitempty"`
}

func (c *console) devicesExplain(code string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	scan, err := terminal.AsScanned(code)
	if err != nil {
		return exit.Fail(exit.Usage, "write what the scanner sends, in quotes", err)
	}
	routed := terminal.Router(config, config.Region).Route(scan)
	answer := explained{Kind: routed.Kind, Value: routed.Value, Why: routed.Why, For: taker(config.Speaks(), routed), Symbol: scan.AIM}
	if c.json {
		return c.print(answer)
	}
	fmt.Fprintln(c.out, strings.TrimSpace(fmt.Sprintf("%s %s", answer.Kind, answer.Value)))
	fmt.Fprintf(c.out, "why:  %s\nthen: %s\n", answer.Why, answer.For)
	return nil
}

func taker(in loyalty.Language, code route.Code) string {
	if code.Kind == route.Unknown {
		return fmt.Sprintf("the counter says %q", checkout.FaultWords(in, code.Fault))
	}
	return takers[code.Kind]
}

// takers say what happens to a scan that is known.
var takers = map[route.Kind]string{
	route.Card:    "the counter serves whoever has this card",
	route.Phone:   "the counter serves whoever has this number, as if it were keyed",
	route.Receipt: "the counter shows this sale, for VOID, COPY or RETURN",
	route.Claim:   "the counter gives the receipt's points to whoever is served",
	route.Friend:  "the counter notes who referred the one who is enrolled next",
	route.Badge:   "the counter asks this operator's PIN, and signs her on",
	route.Coupon:  "the POS",
	route.Product: "the POS",
}
