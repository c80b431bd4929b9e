package doctor

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/keypad"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

// NamedProblems looks at what the configuration only names: the region, the
// database, keys, printer profiles and the program.
func NamedProblems(loaded configs.Loaded) (problems []configs.Problem) {
	refuse := func(key string, err error) {
		problems = append(problems, configs.Problem{Place: loaded.Sources[key], Key: key, Text: err.Error()})
	}
	written := len(loaded.Region) == 2 && loaded.Region == strings.ToUpper(loaded.Region) // else its form was refused
	if err := phone.CheckRegion(loaded.Region); err != nil && written {
		refuse("region", err)
	}
	if url := string(loaded.HQ.Database); url != "" {
		if err := postgres.CheckURL(url); err != nil {
			refuse("hq.database", err)
		}
	}
	for i, pad := range loaded.Keypads {
		if _, err := keypad.Written(pad.Keys); err != nil {
			refuse(fmt.Sprintf("keypads[%d].keys", i), err)
		}
	}
	for i, printer := range loaded.Printers {
		if _, err := escpos.Named(printer.Profile); err != nil {
			refuse(fmt.Sprintf("printers[%d].profile", i), err)
		}
	}
	if _, err := datadir.LoadProgram(loaded.Config); err != nil {
		refuse("program_file", err)
	}
	return problems
}
