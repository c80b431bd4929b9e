package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// logger writes JSON lines, or words where a person reads them.
func logger(w io.Writer, level string) (zerolog.Logger, error) {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil {
		return zerolog.Logger{}, err
	}
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		w = zerolog.ConsoleWriter{Out: w}
	}
	return zerolog.New(w).Level(parsed).With().Timestamp().Logger(), nil
}

// loadProgram reads the configured program, or the one a fresh installation
// runs.
func loadProgram(config configs.Config) (*loyalty.Program, error) {
	if config.ProgramFile == "" {
		return loyalty.Load(configs.Starter, "starter.yaml")
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

// apiToken reads the POS's token and makes one at the first start.
func apiToken(config configs.Config) (string, error) {
	path := config.API.TokenFile
	if path == "" {
		path = filepath.Join(config.DataDir, "api.token")
	}
	token, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(token)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) || config.API.TokenFile != "" {
		return "", fail(exitConfig, "api.token_file names the file of the POS's token", err)
	}
	made := rand.Text()
	return made, os.WriteFile(path, []byte(made+"\n"), 0o600)
}

// machineFingerprint tells this machine from another that got a copy of its
// disk's folder. It names no part of the machine.
func machineFingerprint() string {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		return "unknown" // the fingerprint only warns
	}
	sum := sha256.Sum256(append([]byte("loyaltyd/machine/1\x00"), id...))
	return hex.EncodeToString(sum[:16])
}
