package ledger

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
)

// SignedProgram is a version of a program as headquarters published it: its
// YAML, byte for byte, and headquarters' signature over it.
type SignedProgram struct {
	Source    []byte `json:"source"`
	Signature []byte `json:"signature"`
}

// SignedBy reports whether the signature is that of one of headquarters' keys.
func (p SignedProgram) SignedBy(keys KeyChain) bool {
	return keys.Signed(ProgramDomain, p.Source, p.Signature)
}

// Stop ends a rule of a program at once, in its versions up to one. A version
// published later that has such a rule promises it anew.
type Stop struct {
	Program  string `json:"program"`
	Rule     string `json:"rule"`
	Version  int    `json:"version"` // the last one it is stopped in
	Reason   string `json:"reason"`
	Operator string `json:"operator"` // who stopped it
	At       Millis `json:"at_ms"`
}

// SignedStop is a Stop as JSON, with headquarters' signature over it.
type SignedStop struct {
	Body      []byte `json:"body"`
	Signature []byte `json:"signature"`
}

// SignStop writes and signs a stop.
func SignStop(key ed25519.PrivateKey, stop Stop) (SignedStop, error) {
	body, err := json.Marshal(stop)
	if err != nil {
		return SignedStop{}, fmt.Errorf("encode stop: %w", err)
	}
	return SignedStop{body, Sign(key, StopDomain, body)}, nil
}

// SignedBy reports whether the signature is that of one of headquarters' keys.
func (s SignedStop) SignedBy(keys KeyChain) bool {
	return keys.Signed(StopDomain, s.Body, s.Signature)
}

// Read returns the stop.
func (s SignedStop) Read() (stop Stop, err error) {
	if err = DecodeJSON(s.Body, &stop); err != nil {
		return stop, fmt.Errorf("read stop: %w", err)
	}
	return stop, nil
}

// Publications are what headquarters published and stopped, as it was signed.
type Publications struct {
	Programs []SignedProgram
	Stops    []SignedStop
}
