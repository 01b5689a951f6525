package io.agentorchestrator.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.SslVerifyMode;

class RedisUrlTest {

  @Test
  void needsAHostAlone() {
    RedisUrl url = RedisUrl.parse("redis://cache");

    assertThat(url.address()).hasToString("cache:6379");
    DefaultJedisClientConfig client = url.client(200);
    assertThat(client.getUser()).isNull();
    assertThat(client.getPassword()).isNull();
    assertThat(client.getDatabase()).isZero();
    assertThat(client.getSslOptions()).isNull();
    assertThat(client.getConnectionTimeoutMillis()).isEqualTo(200);
    assertThat(client.getSocketTimeoutMillis()).isEqualTo(200);
  }

  @Test
  void saysWhoAsksAndWhere() {
    RedisUrl url = RedisUrl.parse("rediss://me:se%40cret@[::1]:7000/3");

    assertThat(url.address().getPort()).isEqualTo(7000);
    DefaultJedisClientConfig client = url.client(200);
    assertThat(client.getUser()).isEqualTo("me");
    assertThat(client.getPassword()).isEqualTo("se@cret");
    assertThat(client.getDatabase()).isEqualTo(3);
    assertThat(client.getSslOptions().getSslVerifyMode()).isEqualTo(SslVerifyMode.FULL);
    assertThat(RedisUrl.parse("redis://:secret@h").client(1).getUser()).isNull();
    assertThat(RedisUrl.parse("redis://:secret@h").client(1).getPassword()).isEqualTo("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "http://me:secret@h,scheme",
    "redis:secret,host",
    "redis://me:secret@/1,host",
    "redis://me:secret@h/x,database",
    "redis://me:sec ret@h,character"
  })
  void isRefusedInOtherFormsWithoutBeingQuoted(String url, String why) {
    assertThatThrownBy(() -> RedisUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CACHE_REDIS_URL")
        .hasMessageContaining(why)
        .hasMessageNotContaining("secret")
        .hasMessageNotContaining("sec ret");
  }
}
