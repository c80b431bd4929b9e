// A member's app, as small as it can be: it makes a key that never leaves it, keeps
// the certificate that headquarters gave for it, and shows the code of the moment.
//
//	appcode new KEY-FILE                       makes the key, prints its public half
//	appcode show KEY-FILE CERTIFICATE-FILE     shows the code as a QR code
//	appcode letters KEY-FILE CERTIFICATE-FILE  prints what stands in it
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "appcode:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "new":
		return makeKey(args[1])
	case len(args) == 3 && args[0] == "show":
		text, err := code(args[1], args[2])
		if err != nil {
			return err
		}
		picture, err := draw(text)
		if err == nil {
			_, err = os.Stdout.WriteString(picture)
		}
		return err
	case len(args) == 3 && args[0] == "letters":
		text, err := code(args[1], args[2])
		if err == nil {
			_, err = fmt.Println(text)
		}
		return err
	}
	return errors.New("usage: appcode new KEY-FILE | show|letters KEY-FILE CERTIFICATE-FILE")
}

// makeKey keeps the seed of a new key. A phone has a better place for it.
func makeKey(path string) error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // a key that stands stays
	if err != nil {
		return err
	}
	_, err = file.WriteString(base64.RawURLEncoding.EncodeToString(private.Seed()) + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	_, err = fmt.Println(base64.RawURLEncoding.EncodeToString(public))
	return err
}

// code is what the app shows now.
func code(keyFile, certificateFile string) (string, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return "", err
	}
	seed, err := base64.RawURLEncoding.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return "", fmt.Errorf("%s: not a key of ours", keyFile)
	}
	if text, err = os.ReadFile(certificateFile); err != nil {
		return "", err
	}
	var certificate appcode.Signed
	if err := certificate.UnmarshalText(bytes.TrimSpace(text)); err != nil {
		return "", fmt.Errorf("%s: %w", certificateFile, err)
	}
	return certificate.Show(ed25519.NewKeyFromSeed(seed), ledger.MillisOf(time.Now())), nil
}
