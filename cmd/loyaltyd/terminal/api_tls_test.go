package terminal_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A till that is told to serve its API over TLS makes its certificate once: a POS
// that was given it is served, by each of this machine's names, also after a restart,
// and one that was not goes away.
func TestAPIOverTLS(t *testing.T) {
	config := shop.Config(testkit.Private(t))
	config.API.TLS, config.API.AllowedHosts = true, []string{"till.shop"}
	var made []byte
	for range 2 {
		till, stop := shop.Open(t, config)
		port := till.Address()[strings.LastIndexByte(till.Address(), ':'):]
		cert, err := os.ReadFile(filepath.Join(config.DataDir, "api.crt"))
		if err != nil || made != nil && string(cert) != string(made) {
			t.Fatalf("%v: another certificate than before: %t", err, made != nil)
		}
		made = cert
		trusted := x509.NewCertPool()
		trusted.AppendCertsFromPEM(cert)
		pos := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableKeepAlives: true}}
		for _, name := range []string{"127.0.0.1", "localhost"} {
			response, err := pos.Get("https://" + name + port + "/healthz")
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%s: %v", name, err)
			}
			response.Body.Close()
		}
		if response, err := http.Get("https://127.0.0.1" + port + "/healthz"); err == nil {
			response.Body.Close()
			t.Error("a stranger's certificate was believed")
		}
		stop()
	}
	for name, mode := range map[string]os.FileMode{"api.key": 0o600, "api.crt": 0o600} {
		if info, err := os.Stat(filepath.Join(config.DataDir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	config.API.CertificateFile, config.API.KeyFile = filepath.Join(t.TempDir(), "none.crt"), filepath.Join(t.TempDir(), "none.key")
	if _, err := terminal.APITLS(config); err == nil || !strings.Contains(err.Error(), "none.crt") {
		t.Errorf("a certificate that is not there: %v", err)
	}
}
