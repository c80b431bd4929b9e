package datadir

import (
	"os"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// LoadProgram reads the configured program, or the one a fresh installation
// runs.
func LoadProgram(config configs.Config) (*loyalty.Program, error) {
	if config.ProgramFile == "" {
		return loyalty.Load(configs.StarterIn(config.Currency), "starter.yaml")
	}
	text, err := os.ReadFile(config.ProgramFile)
	if err != nil {
		return nil, exit.Fail(exit.Config, "set program_file to the program's YAML file", err)
	}
	program, err := loyalty.Load(text, config.ProgramFile)
	if err != nil {
		return nil, exit.Fail(exit.Data, "", err)
	}
	return program, nil
}
