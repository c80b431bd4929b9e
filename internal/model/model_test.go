package model_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/model"
)

var update = flag.Bool("update", false, "write testdata/counterexamples.txt")

// maxStates is more than any scope has: one that outgrows it is to be cut.
const maxStates = 1_000_000

// With every rule no state of any scope breaks a promise.
func TestPromisesHold(t *testing.T) {
	for _, scope := range model.Scopes() {
		t.Run(scope.Name, func(t *testing.T) {
			found, err := model.Explore(scope, 0, maxStates)
			if err != nil {
				t.Fatal(err)
			}
			if found.Broken != nil {
				t.Errorf("%v, after:\n%s", found.Broken, strings.Join(found.Steps, "\n"))
			}
			t.Logf("%d states", found.States)
		})
	}
}

// Each rule is needed: without it something can happen that breaks a promise.
// The shortest way there is kept, to be read.
func TestEachRuleIsNeeded(t *testing.T) {
	const kept = "testdata/counterexamples.txt"
	var told strings.Builder
	rules := model.Rules()
	for _, scope := range model.Scopes() {
		for _, rule := range scope.Home {
			found, err := model.Explore(scope, rule, maxStates)
			if err != nil {
				t.Fatal(err)
			}
			if found.Broken == nil {
				t.Errorf("without %s every promise holds in %q", rule, scope.Name)
				continue
			}
			fmt.Fprintf(&told, "without %s\n\t%s\n\t→ %v\n\n", rule, strings.Join(found.Steps, "\n\t"), found.Broken)
			rules = slices.DeleteFunc(rules, func(r model.Rule) bool { return r == rule })
		}
	}
	for _, rule := range rules {
		t.Errorf("no scope is the home of %s", rule)
	}
	if *update {
		if err := os.WriteFile(kept, []byte(told.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), told.String()); diff != "" {
		t.Errorf("%s, -kept +found (-update writes it):\n%s", kept, diff)
	}
}
