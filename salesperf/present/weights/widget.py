"""The weights lab as a widget, for JupyterLab and for a page served from the notebook by Voilà."""

from typing import Any

import anywidget
import traitlets
import yaml

from salesperf.data.export import Export
from salesperf.errors import RequestError
from salesperf.measures.kpis import spoken
from salesperf.people.weights.experiment import Experiment, experiment, usable_presets
from salesperf.present.weights.lab_data import lab_data, robust_data
from salesperf.present.weights.lab_page import script, style
from salesperf.scoring.model import Model

# Where a widget is shown twice, each view follows the other; where its kernel ends, it says so.
_RENDER = """
export default {
  render({ model, el }) {
    const waiting = new Map();
    model.on("msg:custom", (answer) => {
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    });
    let sent = null;
    const lab = showLab(el, model.get("data"), {
      tried: model.get("state"),
      ask(allowed, text) {
        const id = crypto.randomUUID?.() ?? String(Math.random());
        return new Promise((resolve) => {
          waiting.set(id, resolve);
          model.send({ id, allowed, model: text });
        });
      },
      changed(state) {
        sent = JSON.stringify([state.tried, state.at]);
        model.set("state", state);
        model.save_changes();
      },
    });
    const follow = () => {
      const { tried, at } = model.get("state");
      if (JSON.stringify([tried, at]) !== sent) lab.follow({ tried, at });
    };
    model.on("change:state", follow);
    model.on("comm_live_update", lab.orphaned);
    return () => {
      model.off("change:state", follow);
      model.off("comm_live_update", lab.orphaned);
    };
  },
};
"""


class WeightsLab(anywidget.AnyWidget):
    """People and weights that can be moved, drawn in the browser.

    ``data``: see `lab_data`; ``state``: what was tried there: tried (the variants), at (the index of the one shown) and
    model (its text as a model file); empty until the widget is shown.
    """

    _esm = script() + _RENDER
    _css = style()
    data = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, data: dict[str, Any], tried: Experiment) -> None:
        super().__init__(data=data)
        self._tried = tried
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        return f"<WeightsLab of {self.data['client']!r} in {self.data['period']}>"

    @property
    def model(self) -> Model:
        """The model that is shown; the one in force until another one is tried."""
        return Model.model_validate(yaml.safe_load(self.state["model"])) if self.state else self._tried.model

    def _answer(self, _: object, asked: object, buffers: object = None) -> None:
        """Answers a page that asks how robust the order under a model is.

        ``asked``: id, allowed (`allowed_weights`) and model, the text of a model file. The answer has the id, and
        robust (`robust_data`), or error where the question is none.
        """
        match asked:
            case {"id": str(name), "allowed": str(allowed), "model": str(text)}:
                try:
                    model = Model.model_validate(yaml.safe_load(text))
                    robust = robust_data(self._tried, model, allowed, self._tried.rows.index)
                except (ValueError, KeyError, RequestError, yaml.YAMLError):
                    self.send({"id": name, "error": True})
                else:
                    self.send({"id": name, "robust": robust})


def weights_lab(export: Export) -> WeightsLab:
    """The lab of a client's period, with the shipped models that the export can measure to start from."""
    tried = experiment(export, usable_presets(export))
    return WeightsLab({**lab_data(spoken(export), export.client, tried, robust=True), "inputs": ""}, tried)
