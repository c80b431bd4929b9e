package terminal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// apiTLS is what the API is served with over TLS; nil where it is not.
func apiTLS(config configs.Config) (*tls.Config, error) {
	if !config.API.TLS {
		return nil, nil
	}
	certFile, keyFile := CertificateFiles(config)
	if config.API.CertificateFile == "" {
		if err := MakeCertificate(certFile, keyFile, config.API.AllowedHosts); err != nil {
			return nil, err
		}
	}
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, exit.Fail(exit.Config, "api.certificate_file and api.key_file name a PEM certificate and its key, readable for the daemon", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}, nil
}

// CertificateFiles are where the API's certificate and its key stand.
func CertificateFiles(config configs.Config) (certFile, keyFile string) {
	if config.API.CertificateFile != "" {
		return config.API.CertificateFile, config.API.KeyFile
	}
	return filepath.Join(config.DataDir, "api.crt"), filepath.Join(config.DataDir, "api.key")
}

// serveAPI serves until the server is shut down.
func (t *Terminal) serveAPI() error {
	if t.server.TLSConfig != nil {
		return t.server.ServeTLS(t.listener, "", "")
	}
	return t.server.Serve(t.listener)
}

// MakeCertificate makes one for this machine, once. Its key is of the kind that
// every POS's library knows: Ed25519 is none of those.
func MakeCertificate(certFile, keyFile string, hosts []string) error {
	if _, err := os.Stat(certFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert, err := wire.SelfSigned(key, "loyaltyd till", append([]string{"localhost", "127.0.0.1", "::1"}, hosts...)...)
	if err != nil {
		return err
	}
	if err := writePEM(keyFile, "PRIVATE KEY", encoded); err != nil {
		return err
	}
	return writePEM(certFile, "CERTIFICATE", cert.Certificate[0]) // last: where it stands, both do
}

func writePEM(path, kind string, content []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(pem.Encode(file, &pem.Block{Type: kind, Bytes: content}), file.Sync(), file.Close())
}
