package datadir

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
)

// TokenFile is where the POS's token stands.
func TokenFile(config configs.Config) string {
	return cmp.Or(config.API.TokenFile, filepath.Join(config.DataDir, "api.token"))
}

// APIToken reads the POS's token and makes one at the first start.
func APIToken(config configs.Config) (string, error) {
	path := TokenFile(config)
	text, err := os.ReadFile(path)
	token := strings.TrimSpace(string(text))
	switch {
	case err == nil && token != "":
		return token, nil
	case config.API.TokenFile != "":
		return "", exit.Fail(exit.Config, "api.token_file names a file with the POS's token in it",
			cmp.Or(err, fmt.Errorf("%s holds no token", path)))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	// There is none yet, or a crash left the file empty.
	token = rand.Text()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(token + "\n")
	return token, errors.Join(err, file.Sync(), file.Close())
}
