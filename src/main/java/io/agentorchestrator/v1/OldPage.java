package io.agentorchestrator.v1;

import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.rest.Page.Total;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A page as the service before had it.
 *
 * @param rows what is on it
 * @param total how many rows the whole list has
 */
record OldPage(List<JsonObject> rows, Total total, int limit, int offset) {

  /**
   * Returns the page as it is shown. That a count ended before the rows did, which the service
   * before never said, is added where it is so, and only there.
   *
   * @param name what it lists
   */
  SequencedMap<String, Object> named(String name) {
    SequencedMap<String, Object> shown = LinkedHashMap.newLinkedHashMap(5);
    shown.put(name, rows);
    shown.put("total_count", total.count());
    if (!total.exact()) {
      shown.put("total_count_exact", false);
    }
    shown.put("limit", limit);
    shown.put("offset", offset);
    return shown;
  }
}
