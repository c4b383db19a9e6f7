package key

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

// The PEM types of a private key file. A plain one is PKCS#8. A protected one holds
// a JSON object with the fields kdf (scrypt: N, r, p, salt), cipher (nacl/secretbox:
// nonce) and ciphertext, whose plain text is the PKCS#8 in DER.
const (
	plainType     = "PRIVATE KEY"
	protectedType = "PLIMSOLL ENCRYPTED PRIVATE KEY"
)

// maxKeyFile bounds a private key file in bytes.
const maxKeyFile = 16 << 10

// ErrPassphrase says that a key needs a passphrase and that none was given or that
// it is wrong. The caller should ask for it.
var ErrPassphrase = errors.New("the key is protected by a passphrase: none was given, or it is wrong")

// Passphrase gives the passphrase of a protected key; it is called only for one.
// A nil Passphrase means that nobody can be asked.
type Passphrase func() ([]byte, error)

// FileKey is a private key of the user, kept in a file.
type FileKey struct {
	private crypto.Signer
	id      string
}

// Generate makes a key. Its randomness is that of the operating system and no
// argument: a key made from anything else is no key.
func Generate(alg Algorithm) (*FileKey, error) {
	switch alg {
	case Ed25519:
		_, priv, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, fmt.Errorf("making a key: %w", err)
		}
		return newFileKey(priv)
	case P256:
		priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("making a key: %w", err)
		}
		return newFileKey(priv)
	}
	return nil, fmt.Errorf("making a key: algorithm %q: want %s or %s", alg, Ed25519, P256)
}

func newFileKey(s crypto.Signer) (*FileKey, error) {
	id, err := ID(s.Public())
	if err != nil {
		return nil, err
	}
	return &FileKey{private: s, id: id}, nil
}

// KeyID names the key.
func (k *FileKey) KeyID() string { return k.id }

// Public is the public key.
func (k *FileKey) Public() crypto.PublicKey { return k.private.Public() }

// Sign signs msg. The same key and message give the same signature: ECDSA takes
// its nonce from them as RFC 6979 says.
func (k *FileKey) Sign(ctx context.Context, msg []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p, ok := k.private.(ed25519.PrivateKey); ok {
		return ed25519.Sign(p, msg), nil
	}
	sum := sha256.Sum256(msg)
	return k.private.Sign(nil, sum[:], crypto.SHA256)
}

// Dir is the folder of the user's keys: override when it is not empty, else the
// environment variable PLIMSOLL_KEYS, else plimsoll/keys in the user's
// configuration folder.
func Dir(override string, getenv func(string) string) (string, error) {
	if override != "" {
		return override, nil
	}
	if d := getenv("PLIMSOLL_KEYS"); d != "" {
		return d, nil
	}
	d, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("finding the folder of your keys: %w", err)
	}
	return filepath.Join(d, "plimsoll", "keys"), nil
}

// Path is where the key of that name stands in a folder of keys.
func Path(dir, name string) (string, error) {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`).MatchString(name) {
		return "", fmt.Errorf("key name %q: want up to 64 lower-case letters, digits and dashes", name)
	}
	return filepath.Join(dir, name+".pem"), nil
}

// Ensure loads the key of that name and makes an unprotected Ed25519 one when there is
// none yet; made says so, and the caller should tell the user where it stands.
func Ensure(dir, name string, ask Passphrase) (k *FileKey, made bool, err error) {
	path, err := Path(dir, name)
	if err != nil {
		return nil, false, err
	}
	k, err = Load(path, ask)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	if k, err = Generate(Ed25519); err != nil {
		return nil, false, err
	}
	err = k.Save(dir, name, nil)
	if errors.Is(err, fs.ErrExist) {
		k, err = Load(path, ask) // another command was quicker
		return k, false, err
	}
	return k, err == nil, err
}

// Save writes the key as NAME.pem, readable by its owner only, and its public half
// as NAME.pub. It never replaces a key: an existing one is an error that is
// fs.ErrExist. An empty passphrase leaves the key unprotected.
func (k *FileKey) Save(dir, name string, passphrase []byte) error {
	path, err := Path(dir, name)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return fmt.Errorf("encoding the key: %w", err)
	}
	block := &pem.Block{Type: plainType, Bytes: der}
	if len(passphrase) > 0 {
		block.Type = protectedType
		block.Bytes, err = encrypted.EncryptWithCustomKDFParameters(der, passphrase, encrypted.OWASP)
		if err != nil {
			return fmt.Errorf("protecting the key: %w", err)
		}
	}
	pub, err := marshal(k.Public())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of your keys: %w", err)
	}
	if err := create(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return fmt.Errorf("writing key %q: %w", name, err)
	}
	half := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub})
	if err := os.WriteFile(strings.TrimSuffix(path, ".pem")+".pub", half, 0o644); err != nil {
		return fmt.Errorf("writing the public half of key %q: %w", name, err)
	}
	return nil
}

// create puts a whole file in place or none, and never over another.
func create(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

// Load reads a private key file: PKCS#8 in PEM, plain or protected. On Unix a file
// that the group or others may read is refused.
func Load(path string, ask Passphrase) (*FileKey, error) {
	b, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("reading key %q: %w", filepath.Base(path), err)
	}
	k, err := parsePrivate(b, ask)
	if err != nil {
		return nil, fmt.Errorf("reading key %q: %w", filepath.Base(path), err)
	}
	return k, nil
}

func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("others may read it (mode %04o): run chmod 600 on it", st.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err == nil && len(b) > maxKeyFile {
		err = fmt.Errorf("longer than %d bytes", maxKeyFile)
	}
	return b, err
}

func parsePrivate(b []byte, ask Passphrase) (*FileKey, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("no PEM block in it")
	}
	der := block.Bytes
	switch block.Type {
	case plainType:
	case protectedType:
		var err error
		if der, err = unprotect(block.Bytes, ask); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("PEM type %q: want %q or %q", block.Type, plainType, protectedType)
	}
	priv, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		// The parser's words may carry bytes of the key.
		return nil, errors.New("not a PKCS#8 private key")
	}
	s, ok := priv.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("key of type %T: want Ed25519 or ECDSA P-256", priv)
	}
	return newFileKey(s)
}

func unprotect(box []byte, ask Passphrase) ([]byte, error) {
	if ask == nil {
		return nil, ErrPassphrase
	}
	pass, err := ask()
	if err != nil {
		return nil, fmt.Errorf("asking for the passphrase: %w", err)
	}
	der, err := encrypted.Decrypt(box, pass)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrPassphrase, err)
	}
	return der, nil
}
