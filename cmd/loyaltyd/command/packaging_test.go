package command_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// The manual has a page for each command and says nothing of the day it was
// made on; the completions are scripts of their shells.
func TestManualAndCompletions(t *testing.T) {
	dir := t.TempDir()
	if code, _, talk := commandtest.Run(t, "man", dir); code != exit.OK {
		t.Fatalf("exit %d: %s", code, talk)
	}
	for page, says := range map[string]string{
		"loyaltyd.1": "/etc/loyaltyd/*.yaml", "loyaltyd-run.1": "daemon", "loyaltyd-config-init.1": "overwrites nothing", "loyaltyd-doctor.1": "what to do",
	} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil || !strings.Contains(string(text), says) || strings.Contains(string(text), "Auto generated") {
			t.Errorf("%s: %v, wants %q:\n%s", page, err, says, text)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if code, out, talk := commandtest.Run(t, "completion", shell); code != exit.OK || !strings.Contains(out, "loyaltyd") {
			t.Errorf("%s: exit %d: %s", shell, code, talk)
		}
	}
	if _, out, _ := commandtest.Run(t, "__complete", "report", "day", "--format", ""); !strings.HasPrefix(out, "table\ncsv\njson\n") {
		t.Errorf("formats of a report: %q", out)
	}
}

// What the package takes from the sources is there, and its scripts are ones.
func TestPackageHasItsFiles(t *testing.T) {
	text, err := os.ReadFile("../../../configs/nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var packed struct {
		Contents []struct{ Src string }
		Scripts  map[string]string
	}
	if err := yaml.Unmarshal(text, &packed); err != nil {
		t.Fatal(err)
	}
	for _, content := range packed.Contents {
		if content.Src == "" || strings.HasPrefix(content.Src, "bin/") {
			continue // a folder, or what `make deb` builds
		}
		if found, err := filepath.Glob("../../../" + content.Src); err != nil || len(found) == 0 {
			t.Errorf("%s: %v, %v", content.Src, found, err)
		}
	}
	for _, script := range packed.Scripts {
		if said, err := exec.Command("sh", "-n", "../../../"+script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, said)
		}
	}
}

// Where the documents of the package point to is in it.
func TestPackagedDocumentsLead(t *testing.T) {
	text, err := os.ReadFile("../../../configs/nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var packed struct {
		Contents []struct{ Src, Dst, Type string }
	}
	if err := yaml.Unmarshal(text, &packed); err != nil {
		t.Fatal(err)
	}
	there := func(path string) bool {
		for _, c := range packed.Contents {
			if c.Dst == path || (c.Type == "tree" || strings.HasSuffix(c.Dst, "/")) && strings.HasPrefix(path, strings.TrimSuffix(c.Dst, "/")+"/") {
				return true
			}
		}
		return false
	}
	for _, c := range packed.Contents {
		if !strings.HasSuffix(c.Src, ".md") {
			continue
		}
		document, err := os.ReadFile("../../../" + c.Src)
		if err != nil {
			t.Error(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)`).FindAllStringSubmatch(string(document), -1) {
			if to := filepath.Join(filepath.Dir(c.Dst), link[1]); !there(to) {
				t.Errorf("%s points to %s, which is not in the package", c.Dst, to)
			}
		}
	}
}

// udev goes on where a label is missing, and says it in a log nobody reads.
func TestUdevLabels(t *testing.T) {
	text, err := os.ReadFile("../../../configs/udev/70-loyaltyd.rules")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]bool{}
	for _, match := range regexp.MustCompile(`LABEL="(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		labels[match[1]] = true
	}
	for _, match := range regexp.MustCompile(`GOTO="(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		if !labels[match[1]] {
			t.Errorf("GOTO %s leads nowhere", match[1])
		}
	}
}
