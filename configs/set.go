package configs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// SetText puts one text into a configuration file and leaves the rest of it as
// it was written, comments too. The key is a section and a name in it, as in
// backup.recipient. A section written on one line is an error: nobody's hand is
// corrected.
func SetText(file []byte, key, value string) ([]byte, error) {
	section, name, _ := strings.Cut(key, ".")
	quoted, err := json.Marshal(value) // a YAML text in double quotes
	if err != nil {
		return nil, err
	}
	entry := name + ": " + string(quoted)
	var document yaml.Node
	if err := yaml.Unmarshal(file, &document); err != nil {
		return nil, err
	}
	lines := strings.Split(string(file), "\n")
	at := top(&document)
	sectionKey, sectionValue := find(at, section)
	_, old := find(sectionValue, name)
	switch {
	case sectionKey == nil:
		text := strings.TrimRight(string(file), "\n")
		if text != "" {
			text += "\n\n"
		}
		lines = strings.Split(text+section+":\n  "+entry+"\n", "\n")
	case sectionValue.Style&yaml.FlowStyle != 0 || old != nil && old.Kind != yaml.ScalarNode:
		return nil, fmt.Errorf("line %d: %q is written on one line: put %s there by hand", sectionKey.Line, section, entry)
	case old != nil:
		line := &lines[old.Line-1]
		_, comment, found := strings.Cut((*line)[old.Column-1:], " #")
		*line = (*line)[:old.Column-1] + string(quoted)
		if found {
			*line += " #" + comment
		}
	default:
		indent := "  "
		if len(sectionValue.Content) > 0 {
			indent = strings.Repeat(" ", sectionValue.Content[0].Column-1)
		}
		lines = slices.Insert(lines, sectionKey.Line, indent+entry)
	}
	written := []byte(strings.Join(lines, "\n"))
	return written, holds(written, section, name, value)
}

// holds proves that a file says what was put into it.
func holds(file []byte, section, name, value string) error {
	var document yaml.Node
	if err := yaml.Unmarshal(file, &document); err != nil {
		return fmt.Errorf("put %s.%s there by hand: %w", section, name, err)
	}
	_, inside := find(top(&document), section)
	if _, now := find(inside, name); now == nil || now.Value != value {
		return fmt.Errorf("put %s.%s there by hand: the file is written in a way that cannot be changed here", section, name)
	}
	return nil
}

// top gives the mapping of a document; nil where there is none.
func top(document *yaml.Node) *yaml.Node {
	if len(document.Content) == 0 {
		return nil
	}
	return document.Content[0]
}

// find gives a key of a mapping and its value; nil where they are not there.
func find(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}
