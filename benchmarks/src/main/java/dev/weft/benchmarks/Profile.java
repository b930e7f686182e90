package dev.weft.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Says where the time goes: a flight recording of each JVM of a pair, warm and saturated, for each
 * client. No figure of the table is taken while something records.
 */
final class Profile {

  private static final Duration WARM_UP = Duration.ofMinutes(2);
  private static final Duration RECORDED = Duration.ofSeconds(15);

  private Profile() {}

  /**
   * @param directory for the recordings
   * @return where they are
   */
  static List<Path> record(Pair pair, Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    List<Path> recordings = new ArrayList<>();
    for (Client client : Client.values()) {
      Load load = pair.load(client);
      Side.warmUp(pair, client, WARM_UP);
      for (Application application : List.of(pair.storefront(), pair.catalog())) {
        application.jcmd("JFR.start", "name=bench", "settings=profile");
      }
      load.saturate(Side.SATURATING, RECORDED);
      for (Application application : List.of(pair.storefront(), pair.catalog())) {
        Path recording =
            directory.resolve(
                application.process().name() + client.path().replace('/', '-') + ".jfr");
        application.jcmd("JFR.stop", "name=bench", "filename=" + recording);
        recordings.add(recording);
      }
    }
    return recordings;
  }
}
