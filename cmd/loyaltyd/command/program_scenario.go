package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/scenario"
)

func programTestCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "test SCENARIO.yaml...",
		Short: "Run told stories against their program; each expectation that fails, with got and want; exit 65 if any does",
		Args:  cobra.MinimumNArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return c.programTest(args) },
	}
}

// testedScenario is one file of `program test --json`.
type testedScenario struct {
	File         string          `json:"file"`
	Steps        int             `json:"steps"`
	Expectations int             `json:"expectations"`
	Failures     []failedPromise `json:"failures"`
}

// failedPromise is one expectation that is not so.
type failedPromise struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Step   string `json:"step"`
	What   string `json:"what,omitempty"` // empty where the step itself failed
	Got    string `json:"got"`
	Want   string `json:"want,omitempty"`
}

func (c *console) programTest(files []string) error {
	var tested []testedScenario
	failed := 0
	for _, file := range files {
		t, err := c.tellScenario(file)
		if err != nil {
			return err
		}
		failed += len(t.Failures)
		tested = append(tested, t)
	}
	if c.json {
		if err := c.print(tested); err != nil {
			return err
		}
	}
	if failed > 0 {
		return exit.Fail(exit.Data, "change the program, or what the scenario expects", fmt.Errorf("%d expectations are not met", failed))
	}
	return nil
}

// tellScenario runs one file, and for people says how it went.
func (c *console) tellScenario(file string) (t testedScenario, err error) {
	s, versions, err := readScenario(file)
	if err != nil {
		return t, exit.Fail(exit.Data, "", err)
	}
	t = testedScenario{File: file, Steps: len(s.Steps), Failures: []failedPromise{}}
	for _, step := range s.Steps {
		t.Expectations += len(step.Expect)
	}
	for _, f := range s.Run(versions...) {
		t.Failures = append(t.Failures, failedPromise{f.Line, f.Column, f.Step, f.What, f.Got, f.Want})
		if !c.json {
			fmt.Fprintln(c.out, f)
		}
	}
	if !c.json && len(t.Failures) == 0 {
		fmt.Fprintf(c.out, "%s: %d steps, %d expectations, all met\n", file, t.Steps, t.Expectations)
	}
	return t, nil
}

// readScenario reads a scenario and the versions of the program that it names,
// beside it.
func readScenario(file string) (*scenario.Scenario, []*loyalty.Program, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, exit.Fail(exit.Usage, "name a file with stories", err)
	}
	s, err := scenario.Load(source, file)
	if err != nil {
		return nil, nil, err
	}
	var versions []*loyalty.Program
	for _, name := range append([]string{s.Program}, s.Then...) {
		p, err := readNamed(file, name)
		if err != nil {
			return nil, nil, err
		}
		versions = append(versions, p)
	}
	return s, versions, nil
}

// readNamed reads a program that a scenario names.
func readNamed(file, name string) (*loyalty.Program, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(file), path)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s names the program %q", file, name), err)
	}
	return loyalty.Load(source, path)
}
