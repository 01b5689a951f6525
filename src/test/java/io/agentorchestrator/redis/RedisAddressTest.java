package io.agentorchestrator.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.SslVerifyMode;

class RedisAddressTest {

  @Test
  void needsAHostAlone() {
    RedisAddress address = parse("redis://cache");

    assertThat(address.server()).hasToString("cache:6379");
    DefaultJedisClientConfig client = address.client(200, 300);
    assertThat(client.getUser()).isNull();
    assertThat(client.getPassword()).isNull();
    assertThat(client.getDatabase()).isZero();
    assertThat(client.getSslOptions()).isNull();
    assertThat(client.getConnectionTimeoutMillis()).isEqualTo(200);
    assertThat(client.getSocketTimeoutMillis()).isEqualTo(300);
  }

  @Test
  void saysWhoAsksAndWhere() {
    RedisAddress address = parse("rediss://me:se%40cret@[::1]:7000/3");

    assertThat(address.server().getPort()).isEqualTo(7000);
    DefaultJedisClientConfig client = address.client(200, 300);
    assertThat(client.getUser()).isEqualTo("me");
    assertThat(client.getPassword()).isEqualTo("se@cret");
    assertThat(client.getDatabase()).isEqualTo(3);
    assertThat(client.getSslOptions().getSslVerifyMode()).isEqualTo(SslVerifyMode.FULL);
    assertThat(parse("redis://:secret@h").client(1, 1).getUser()).isNull();
    assertThat(parse("redis://:secret@h").client(1, 1).getPassword()).isEqualTo("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "redis://h, redis://h:6379/0",
    "redis://:pa%3Ass@h:1/2, redis://h:1/2",
    "rediss://user:pa:ss@h:1, rediss://h:1/0",
    "redis://h:1/, redis://h:1/0",
  })
  void isShownWithoutItsPassword(String url, String shown) {
    assertThat(parse(url)).hasToString(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "http://me:secret@h,scheme",
    "redis:secret,host",
    "redis://me:secret@/1,host",
    "redis://:secret@h:99999,port",
    "redis://me:secret@h/x,database",
    "redis://me:sec ret@h,character"
  })
  void isRefusedInOtherFormsWithoutBeingQuoted(String url, String why) {
    assertThatThrownBy(() -> parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("REDIS_URL: ")
        .hasMessageContaining(why)
        .hasMessageNotContaining("secret")
        .hasMessageNotContaining("sec ret");
  }

  private static RedisAddress parse(String url) {
    return RedisAddress.parse("REDIS_URL", url);
  }
}
