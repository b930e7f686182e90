package dev.weft.identity;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.Set;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Hands everything to a JDK socket, save what {@link ClientSocket} keeps to itself. The socket that
 * it is itself stays unconnected and holds nothing. Cipher suites and protocol versions are the
 * mesh's: setting them has no effect.
 */
// The JDK's socket does its own locking; a lock of ours around a read would hold up a close.
@SuppressWarnings("UnsynchronizedOverridesSynchronized")
abstract class DelegatingSocket extends SSLSocket {

  final SSLSocket jdk;

  DelegatingSocket(SSLSocket jdk) {
    this.jdk = jdk;
  }

  @Override
  public InetAddress getInetAddress() {
    return jdk.getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return jdk.getLocalAddress();
  }

  @Override
  public int getPort() {
    return jdk.getPort();
  }

  @Override
  public int getLocalPort() {
    return jdk.getLocalPort();
  }

  @Override
  public @Nullable SocketAddress getRemoteSocketAddress() {
    return jdk.getRemoteSocketAddress();
  }

  @Override
  public @Nullable SocketAddress getLocalSocketAddress() {
    return jdk.getLocalSocketAddress();
  }

  @Override
  public @Nullable SocketChannel getChannel() {
    return jdk.getChannel();
  }

  @Override
  public boolean isConnected() {
    return jdk.isConnected();
  }

  @Override
  public boolean isBound() {
    return jdk.isBound();
  }

  @Override
  public boolean isClosed() {
    return jdk.isClosed();
  }

  @Override
  public boolean isInputShutdown() {
    return jdk.isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return jdk.isOutputShutdown();
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return jdk.supportedOptions();
  }

  @Override
  public int getSoLinger() throws SocketException {
    return jdk.getSoLinger();
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return jdk.getTcpNoDelay();
  }

  @Override
  public boolean getOOBInline() throws SocketException {
    return jdk.getOOBInline();
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return jdk.getSoTimeout();
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return jdk.getSendBufferSize();
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return jdk.getReceiveBufferSize();
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return jdk.getKeepAlive();
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return jdk.getTrafficClass();
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return jdk.getReuseAddress();
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return jdk.getInputStream();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return jdk.getOutputStream();
  }

  @Override
  public void close() throws IOException {
    jdk.close();
  }

  @Override
  public void shutdownInput() throws IOException {
    jdk.shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    jdk.shutdownOutput();
  }

  @Override
  public void connect(SocketAddress endpoint) throws IOException {
    jdk.connect(endpoint);
  }

  @Override
  public void connect(SocketAddress endpoint, int timeout) throws IOException {
    jdk.connect(endpoint, timeout);
  }

  @Override
  public void bind(@Nullable SocketAddress address) throws IOException {
    jdk.bind(address);
  }

  @Override
  public void sendUrgentData(int data) throws IOException {
    jdk.sendUrgentData(data);
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    jdk.setTcpNoDelay(on);
  }

  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    jdk.setSoLinger(on, seconds);
  }

  @Override
  public void setOOBInline(boolean on) throws SocketException {
    jdk.setOOBInline(on);
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    jdk.setSoTimeout(millis);
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    jdk.setSendBufferSize(size);
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    jdk.setReceiveBufferSize(size);
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    jdk.setKeepAlive(on);
  }

  @Override
  public void setTrafficClass(int trafficClass) throws SocketException {
    jdk.setTrafficClass(trafficClass);
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    jdk.setReuseAddress(on);
  }

  @Override
  public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    jdk.setPerformancePreferences(connectionTime, latency, bandwidth);
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws IOException {
    return jdk.getOption(name);
  }

  @Override
  public <T> Socket setOption(SocketOption<T> name, T value) throws IOException {
    jdk.setOption(name, value);
    return this;
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return jdk.getSupportedCipherSuites();
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return jdk.getEnabledCipherSuites();
  }

  @Override
  public String[] getSupportedProtocols() {
    return jdk.getSupportedProtocols();
  }

  @Override
  public String[] getEnabledProtocols() {
    return jdk.getEnabledProtocols();
  }

  @Override
  public @Nullable SSLSession getHandshakeSession() {
    return jdk.getHandshakeSession();
  }

  @Override
  public boolean getUseClientMode() {
    return jdk.getUseClientMode();
  }

  @Override
  public boolean getNeedClientAuth() {
    return jdk.getNeedClientAuth();
  }

  @Override
  public boolean getWantClientAuth() {
    return jdk.getWantClientAuth();
  }

  @Override
  public void setEnableSessionCreation(boolean flag) {
    jdk.setEnableSessionCreation(flag);
  }

  @Override
  public boolean getEnableSessionCreation() {
    return jdk.getEnableSessionCreation();
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {}

  @Override
  public void setEnabledProtocols(String[] protocols) {}

  @Override
  public void setNeedClientAuth(boolean need) {}

  @Override
  public void setWantClientAuth(boolean want) {}

  @Override
  public void setUseClientMode(boolean mode) {
    if (mode != jdk.getUseClientMode()) {
      throw new IllegalArgumentException("this socket's role is fixed");
    }
  }

  @Override
  public String toString() {
    return jdk.toString();
  }
}
