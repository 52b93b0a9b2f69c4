"""TLS to the broker: what its certificate must fulfil, and which certificate Spikewatch presents."""

import ssl

from stream.config.publish_keys import Publish
from stream.errors import ConfigError


class BrokerContext(ssl.SSLContext):
    """A context that remembers why the broker's side ended a connection, "" where it did not."""

    alert: str = ""


class BrokerSocket(ssl.SSLSocket):
    """A socket that is closed when its handshake fails, and whose context learns of the broker's alerts.

    paho leaves the first to the garbage collector, and of the second it only writes a line to its log: since TLS 1.3 a
    broker refuses a client's certificate after the client's handshake is done.
    """

    context: BrokerContext

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive, and remember an alert."""
        try:
            return super().recv(buflen, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self.context.alert = str(error)
            raise

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, or close the socket and raise what went wrong."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(broker: Publish) -> BrokerContext | None:
    """Return the context of an encrypted connection, None where none is wanted.

    The broker's certificate must be signed by a known authority, be of today, and name `publish.host`: there is no key
    that turns this off, for then anyone on the network could be the broker.

    Raises
    ------
    ConfigError
        if a file cannot be read or holds no certificate
    """
    if not broker.tls:
        return None
    try:
        # This protocol checks certificates and host names by itself.
        context = BrokerContext(ssl.PROTOCOL_TLS_CLIENT)
        if broker.ca_file:
            context.load_verify_locations(broker.ca_file)
        else:
            context.load_default_certs()
    except (OSError, ssl.SSLError) as error:
        raise _unreadable("ca_file", broker.ca_file, error) from error
    context.sslsocket_class = BrokerSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if broker.certificate_file:
        try:
            # An empty password: otherwise OpenSSL would ask at the terminal for the password of an encrypted key.
            context.load_cert_chain(broker.certificate_file, broker.key_file, password="")
        except (OSError, ssl.SSLError) as error:
            files = f"{broker.certificate_file} and {broker.key_file}"
            raise _unreadable("certificate_file and key_file", files, error) from error
    return context


def _unreadable(key: str, files: str, error: OSError) -> ConfigError:
    reason = error.strerror or str(error)
    return ConfigError(f'publish.{key} = "{files}": {reason}; name PEM files that belong together and can be read')
