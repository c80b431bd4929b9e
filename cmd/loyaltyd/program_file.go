package main

import (
	"bytes"
	"os"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// loadProgram reads the configured program, or the one a fresh installation
// runs.
func loadProgram(config configs.Config) (*loyalty.Program, error) {
	if config.ProgramFile == "" {
		return loyalty.Load(starter(config.Currency), "starter.yaml")
	}
	text, err := os.ReadFile(config.ProgramFile)
	if err != nil {
		return nil, fail(exitConfig, "set program_file to the program's YAML file", err)
	}
	program, err := loyalty.Load(text, config.ProgramFile)
	if err != nil {
		return nil, fail(exitData, "", err)
	}
	return program, nil
}

// starter is the program of a fresh installation, in the store's currency: it
// speaks of whole currency units and of nothing that has a price.
func starter(currency string) []byte {
	return bytes.Replace(configs.Starter, []byte("\ncurrency: TRY\n"), []byte("\ncurrency: "+currency+"\n"), 1)
}
