package command

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/api/pages"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/tui"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func checkoutCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "checkout", Short: "The counter in a terminal, for a till without a browser", Args: cobra.NoArgs,
		Long: `The page Checkout in a terminal: who is here, what she earns and why, rewards, the last sales and their receipts, the
state of network and devices. It is the conversation of keypad and display: whatever is keyed on one is seen on all.

Keys: digits, Enter, Backspace for CLEAR, Esc for CANCEL, A to F for REDEEM, VOID, ENROLL, COPY, RETURN and MENU, the
letters from G on for the rewards that are shown, up and down for the receipts of the last sales, Ctrl+C to leave. The
last lines say which do something now.

It asks the daemon of this machine over its API, with the token file, and waits for a daemon that is started anew. It
speaks the counter's language, or where that is English the one of LC_ALL, LC_MESSAGES or LANG, English or Turkish, and
uses no color where NO_COLOR is set.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.checkout(cmd.Context()) },
	}
}

func (c *console) checkout(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	till, err := localTill(config)
	if err != nil {
		return err
	}
	now, err := till.See(ctx)
	if err != nil {
		return unseen(err, config.DataDir)
	}
	out, reads := terminalOn(c.out)
	if !reads {
		return usage(errors.New("checkout is for a terminal: a program asks the API"))
	}
	g, ctx := errgroup.WithContext(ctx)
	ctx, leave := context.WithCancel(ctx)
	model := tui.New(ctx, till, pages.Words(ofCounter(config), spoken(os.Getenv)), now)
	screen := tea.NewProgram(model, tea.WithContext(ctx), tea.WithInput(c.in), tea.WithOutput(out), tea.WithFPS(framesPerSecond))
	g.Go(func() error { till.Listen(ctx, screen.Send); return nil })
	g.Go(func() error {
		defer leave()
		_, err := screen.Run()
		return err
	})
	if err := g.Wait(); ctx.Err() == nil || !errors.Is(err, tea.ErrProgramKilled) {
		return err
	}
	return nil // asked to stop
}

// framesPerSecond is how often the terminal is looked at for what is to be drawn: a
// key is seen within the blink of an eye, and an idle till does next to nothing.
const framesPerSecond = 25

// ofCounter is the language of the counter where somebody chose it; empty where it is
// English, which every counter speaks that nobody told otherwise.
func ofCounter(config configs.Config) string {
	if config.Speaks() == loyalty.English {
		return ""
	}
	return config.Language
}

// spoken is the language that the machine's user reads, as BCP 47 writes it.
func spoken(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale, _, _ := strings.Cut(getenv(name), "."); locale != "" {
			return strings.ReplaceAll(locale, "_", "-")
		}
	}
	return ""
}

// localTill is this machine's daemon over its API.
func localTill(config configs.Config) (*tui.Client, error) {
	path := datadir.TokenFile(config)
	token, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, exit.Fail(exit.Permission, "run it as the user the daemon runs as: sudo -u loyaltyd loyaltyd checkout; or let api.token_file name a file that you may read", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, exit.Fail(exit.Unavailable, desk.StartHint("/till/"), fmt.Errorf("%w on %s: it has no token yet", desk.ErrNoDaemon, config.DataDir))
	case err != nil:
		return nil, err
	}
	host, port, err := net.SplitHostPort(config.API.Listen)
	if err != nil {
		return nil, err // it was checked when it was loaded
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme, transport := "http", &http.Transport{}
	if config.API.TLS {
		scheme = "https"
		if transport.TLSClientConfig, err = ownTLS(config); err != nil {
			return nil, err
		}
	}
	return &tui.Client{
		Base: scheme + "://" + net.JoinHostPort(host, port), Token: strings.TrimSpace(string(token)),
		HTTP: &http.Client{Transport: transport},
	}, nil
}

// ownTLS trusts the very certificate that the API is served with, whatever names
// and dates stand in it: it is this machine's.
func ownTLS(config configs.Config) (*tls.Config, error) {
	path, _ := terminal.CertificateFiles(config)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, exit.Fail(exit.Config, "api.certificate_file names a PEM certificate", fmt.Errorf("%s holds no certificate", path))
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, // VerifyConnection does
		VerifyConnection: func(s tls.ConnectionState) error {
			if !bytes.Equal(s.PeerCertificates[0].Raw, block.Bytes) {
				return fmt.Errorf("somebody answers who does not have the certificate of %s", path)
			}
			return nil
		},
	}, nil
}

// unseen says why a till cannot be seen.
func unseen(err error, dir string) error {
	if refused, ok := errors.AsType[*tui.Refused](err); ok {
		code := exit.Unavailable
		if refused.Status == http.StatusUnauthorized {
			code = exit.Permission
		}
		return exit.Fail(code, refused.Next, err)
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return exit.Fail(exit.Unavailable, desk.StartHint("/till/"), fmt.Errorf("%w on %s", desk.ErrNoDaemon, dir))
	}
	return exit.Fail(exit.Unavailable, "ask again, or look at its log", err)
}
