package stage

import (
	"context"
	"fmt"
	"os"
)

// Hub is the store's hub: a process that is reached beside the network, as one in
// the same house is.
type Hub struct {
	Process *Process
	listen  string // the same after each start
	address string // as lanes are given it
}

const hubName = "hub"

// OpenHub adds a hub to the store. Tills that join later have it.
func (s *Stage) OpenHub(ctx context.Context) error {
	listener, err := listenAgain()
	if err != nil {
		return err
	}
	s.Hub.listen = listener.Addr().String()
	if err := listener.Close(); err != nil {
		return err
	}
	text := fmt.Sprintf(hubConfig, s.Folder(hubName), s.Hub.listen) + s.elsewhere()
	if err := os.WriteFile(s.Config(hubName), []byte(text), 0o600); err != nil {
		return err
	}
	var issued struct {
		Code string `json:"code"`
	}
	if err := s.Ask(ctx, &issued, "hq", "hq", "code", "--name", "Hub", "--store", "demo", "--hub"); err != nil {
		return err
	}
	if err := s.Ask(ctx, &struct{}{}, hubName, "enroll", issued.Code); err != nil {
		return err
	}
	return s.BootHub(ctx)
}

// BootHub starts the hub and waits until it answers.
func (s *Stage) BootHub(ctx context.Context) (err error) {
	if s.Hub.Process, err = s.Start(hubName, "hub"); err != nil {
		return err
	}
	var status struct {
		Address string `json:"address"`
	}
	err = s.Hub.Process.until(ctx, func() error { return s.Ask(ctx, &status, hubName, "hub", "status") })
	s.Hub.address = status.Address
	return err
}

// nearby gives a till the store's hub, where there is one.
func (s *Stage) nearby() string {
	if s.Hub.address == "" {
		return ""
	}
	return fmt.Sprintf("hub:\n  address: %q\n", s.Hub.address)
}

const hubConfig = `data_dir: %s
sync:
  retry_max: 1s
hub:
  listen: %s
`
