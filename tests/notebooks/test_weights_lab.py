"""The notebook of the weights lab, executed; and the lab as people use it, in JupyterLab's page server in Chromium."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def test_its_page_is_chinese_throughout(workbench, executed, cover_of, page_of):
    made = executed("weights_lab", workbench)
    shown, page = cover_of(made), page_of(made)
    assert (shown["client"], shown["language"]) == ("Demo Instruments", "zh")
    for word in ("调整权重", "谁的等级改变", "影响到谁", "如何重新得到这些数字"):
        assert word in page
    for word in ("open_company", "WeightsLab", "not available", "Kendall"):
        assert word not in page


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to look at pages with")
def test_the_lab_is_served_as_a_page_on_which_a_weight_moves_people_and_cost(workbench: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from salesperf.cli import main; main()", "lab", "--page", "--no-browser"]
    server = subprocess.Popen([*command, f"--port={port}"], cwd=workbench, stderr=subprocess.DEVNULL)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page()
            for _ in range(120):
                try:
                    page.goto(f"http://127.0.0.1:{port}/", timeout=5_000)
                    break
                except Exception:
                    page.wait_for_timeout(500)
            page.wait_for_selector(".sp-lab", timeout=120_000)
            cost = page.locator(".lab-effects dd").nth(2)
            expect(cost).to_contain_text("不变")
            page.get_by_label("客户满意度", exact=True).focus()
            for _ in range(3):
                page.keyboard.press("Shift+ArrowRight")
            expect(page.locator(".lab-slider output").nth(2)).to_have_text("40.0%")
            expect(cost).to_contain_text("−")
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
