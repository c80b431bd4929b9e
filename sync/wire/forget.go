package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Forget returns a batch without some of its attachments, by the SHA-256 of what they
// are. Their lines stay, empty: the seal is signed and says how many there are. One
// that has none of them is returned as it is.
func Forget(message []byte, gone func(ledger.Hash) bool) ([]byte, error) {
	seal, err := SealOf(message)
	if err != nil {
		return nil, err
	}
	lines := bytes.SplitAfter(message, []byte("\n"))
	first := 1 + seal.Count
	if seal.Count < 0 || first > len(lines) {
		return nil, fmt.Errorf("read batch: %d entries in %d lines", seal.Count, len(lines))
	}
	left := bytes.Clone(bytes.Join(lines[:first], nil))
	for _, line := range lines[first:] {
		if line, err = forgetLine(line, gone); err != nil {
			return nil, err
		}
		left = append(left, line...)
	}
	return left, nil
}

func forgetLine(line []byte, gone func(ledger.Hash) bool) ([]byte, error) {
	if len(line) == 0 { // behind the last line feed
		return nil, nil
	}
	var a attachmentLine
	if err := ledger.DecodeJSON(line, &a); err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	if len(a.Data) == 0 || !gone(ledger.HashOf(a.Data)) {
		return line, nil
	}
	empty, err := json.Marshal(attachmentLine{Data: []byte{}})
	if err != nil {
		return nil, fmt.Errorf("encode attachment: %w", err)
	}
	return append(empty, '\n'), nil
}
